// A short chaos run on both databases, and proof that the run and `caseload verify` would see what must never happen.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { chaos, compare, tell } from "./chaos.mjs";
import { PASSWORD, program, world } from "./lib.mjs";

// How much each run must get through, in at most ten minutes; a release is tried with more.
const scale = Number(process.env.CASELOAD_CHAOS_SCALE ?? 1);
const RUNS = { sqlite: { operations: 20_000 * scale, kills: 12 * scale }, postgres: { operations: 5_000 * scale, kills: 8 * scale } };

describe("killed at any moment", () => {
  for (const [engine, { operations, kills }] of Object.entries(RUNS)) {
    test(`nothing acknowledged is lost or done twice on ${engine}`, async () => {
      const result = await chaos({ engine, seconds: 600 * Math.max(1, scale), operations, kills });
      tell(result);
      assert.deepEqual(result.wrong, []);
      assert.ok(result.acknowledged >= operations, `only ${result.acknowledged} operations were acknowledged`);
      assert.ok(result.kills + result.databaseKills >= kills, `only ${result.kills} kills`);
      assert.ok(result.unknown > 0, "no outcome was ever unknown: the kills hit nothing");
    });
  }

  // Negative controls: each plants a fault that the same run, the same comparison and the same proof must see.
  test("control: repeating an unknown outcome under a new key is caught", async () => {
    const result = await chaos({ engine: "sqlite", seconds: 6, control: "new-keys" });
    assert.ok(result.wrong.some((line) => line.includes("nobody got an acknowledgement")), "the run did not see a second effect");
  });

  test("control: a program that reads, thinks and writes without a lock is caught", async () => {
    const result = await chaos({ engine: "sqlite", seconds: 10, control: "unlocked" });
    assert.ok(result.wrong.some((line) => line.startsWith("verify:")), "the proof did not see a broken link of custody");
  });

  test("control: a database that acknowledges before it has written is caught", async () => {
    const result = await chaos({ engine: "postgres", seconds: 14, control: "asynchronous" });
    assert.ok(result.wrong.some((line) => line.includes("was acknowledged and is in the journal 0 times")), `${result.databaseKills} kills lost nothing`);
  });

  test("control: a lost and an invented operation are caught", () => {
    const acknowledged = new Map([["chaos-1-0-1", "create"], ["chaos-1-0-2", "accept"]]);
    const mine = (id) => id.startsWith("chaos-1-");
    assert.deepEqual(compare(acknowledged, new Map([["chaos-1-0-1", 1], ["chaos-1-0-2", 1], ["other", 4]]), mine), []);
    assert.equal(compare(acknowledged, new Map([["chaos-1-0-1", 1]]), mine).length, 1);
    assert.equal(compare(acknowledged, new Map([["chaos-1-0-1", 2], ["chaos-1-0-2", 1]]), mine).length, 1);
    assert.equal(compare(acknowledged, new Map([["chaos-1-0-1", 1], ["chaos-1-0-2", 1], ["chaos-1-0-3", 1]]), mine).length, 1);
  });
});

describe("edited behind the server's back", () => {
  const edit = (file, sql) => {
    const script = "import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\nn=c.execute(sys.argv[2]).rowcount\nc.commit()\nprint(n)";
    return Number(execFileSync("python3", ["-c", script, file, sql], { encoding: "utf8" }).trim());
  };
  const verify = (file) => spawnSync(program, ["verify", "--database-url", `sqlite://${file}`], { encoding: "utf8", env: { ...process.env, CASELOAD_PASSWORD: PASSWORD } });
  // One row of the journal, of a unit, of a counter: each alone must make verify fail.
  const faults = {
    "an entry of the journal says another reason": "UPDATE journal_entry SET reason = reason || 'x' WHERE id = (SELECT max(id) FROM journal_entry)",
    "an entry of the journal says another actor": "UPDATE journal_entry SET actor_id = organization_id WHERE id = (SELECT min(id) FROM journal_entry)",
    "an entry of the journal is gone": "DELETE FROM journal_entry WHERE id = (SELECT max(id) FROM journal_entry)",
    "a link of the chain is another": "UPDATE journal_seal SET hash = zeroblob(32) WHERE seq = 2",
    "a movement says another state": "UPDATE journal_movement SET to_state = 4 WHERE seq = 2",
    "a movement is gone": "DELETE FROM journal_movement WHERE seq = 2",
    "a unit has another custodian": "UPDATE stock_unit SET custodian_id = (SELECT min(id) FROM people_user) WHERE id = (SELECT min(id) FROM stock_unit)",
    "a unit has another state": "UPDATE stock_unit SET state = 0, hold_reason = NULL WHERE hold_reason IS NOT NULL",
    "a unit is gone": "DELETE FROM stock_unit WHERE id = (SELECT min(id) FROM stock_unit)",
    "a counter counts one more": "UPDATE stock_counter SET n = n + 1 WHERE state = 0",
  };

  test("verify passes, then sees each of them", async () => {
    const it = await world();
    try {
      const admin = it.as("ada@northlake.example");
      const maker = await admin.post("/manufacturers", { name: "Acme" });
      const item = await admin.post("/catalog-items", { manufacturer_id: maker.id, number: "CUP", kind: "device" });
      const { items } = await admin.post("/units", { catalog_item_id: item.id, quantity: 5, lot: "V" });
      await admin.act(`/units/${items[0].id}/hold`, { reason: "look" });
      await new Promise((done) => setTimeout(done, 2500));
      await it.end("SIGTERM");
      const file = join(it.folder, "caseload.db");
      execFileSync("python3", ["-c", "import sqlite3,sys\nsqlite3.connect(sys.argv[1]).execute('PRAGMA wal_checkpoint(TRUNCATE)')", file]);
      const clean = verify(file);
      assert.equal(clean.status, 0, clean.stdout + clean.stderr);
      for (const [name, sql] of Object.entries(faults)) {
        const copy = join(it.folder, `${Object.keys(faults).indexOf(name)}.db`);
        copyFileSync(file, copy);
        assert.equal(edit(copy, sql), 1, name);
        const answer = verify(copy);
        assert.equal(answer.status, 1, `${name}: verify ended with ${answer.status}\n${answer.stdout}${answer.stderr}`);
        assert.match(answer.stdout + answer.stderr, /\S/, "and says where");
      }
    } finally {
      await it.stop().catch(() => {});
    }
  });
});
