// The command line: every command with its example, exit codes, files, proofs.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { PASSWORD, program } from "../lib.mjs";

const folder = mkdtempSync(join(tmpdir(), "caseload-commands-"));
const url = `sqlite://${join(folder, "c.db")}`;
const call = (args, env = {}, input = "") => spawnSync(program, args, { encoding: "utf8", cwd: folder, input, env: { ...process.env, CASELOAD_PASSWORD: PASSWORD, ...env } });
const on = (...args) => call([...args, "--database-url", url]);
const well = (answer) => {
  assert.equal(answer.status, 0, `${answer.stdout}${answer.stderr}`);
  return answer.stdout;
};
const badly = (answer) => {
  assert.ok(answer.status > 0, "ends with an error");
  assert.match(answer.stderr, /\S/, "says why on standard error");
  assert.doesNotMatch(answer.stderr, /panicked|RUST_BACKTRACE/);
  return answer.stderr;
};
const python = (sql) => execFileSync("python3", ["-c", "import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\nc.execute(sys.argv[2])\nc.commit()", join(folder, "c.db"), sql]);

export function commands() {
  describe("the command line", () => {
    after(() => rmSync(folder, { recursive: true, force: true }));

    test("every command helps with an example", () => {
      const top = well(call(["--help"]));
      for (const command of ["demo", "serve", "init", "token", "import", "export", "generate", "verify", "backup", "restore", "migrate"]) {
        assert.match(top, new RegExp(`^\\s+${command}\\b`, "m"), command);
        const help = well(call([command, "--help"]));
        assert.match(help, /Example/i, command);
        assert.match(help, new RegExp(`caseload ${command}`), command);
        assert.match(help, /--database-url/, command);
      }
      badly(call(["no-such-command"]));
      badly(call(["init"]));
      badly(call(["init", "--organization", "X", "--kind", "no-such-kind", "--email", "x@x.example", "--name", "X"]));
    });

    test("init makes an organisation, and another one; the e-mail is unique", () => {
      badly(on("token", "--email", "ada@c.example"));
      well(on("init", "--organization", "One", "--kind", "distributor", "--email", "ada@c.example", "--name", "Ada"));
      well(on("init", "--organization", "Two", "--kind", "manufacturer", "--email", "zoe@c.example", "--name", "Zoe"));
      badly(on("init", "--organization", "Three", "--kind", "distributor", "--email", "ADA@c.example", "--name", "Ada"));
      badly(call(["init", "--organization", "Short", "--kind", "distributor", "--email", "s@c.example", "--name", "S", "--database-url", url], { CASELOAD_PASSWORD: "short" }));
      assert.doesNotMatch(well(on("token", "--email", "zoe@c.example")), /password/i);
    });

    test("token prints a token as its last line; the address comes from the environment too", () => {
      const token = well(on("token", "--email", "ada@c.example")).trim().split("\n").at(-1);
      assert.match(token, /^\S{20,}$/);
      assert.match(well(call(["token", "--email", "ada@c.example"], { CASELOAD_DATABASE_URL: url })).trim().split("\n").at(-1), /^\S{20,}$/);
      assert.match(badly(on("token", "--email", "nobody@c.example")), /nobody@c\.example/);
    });

    test("import and export files", () => {
      const file = join(folder, "customers.csv");
      writeFileSync(file, "name,number\nOne,1\nTwo,2\n");
      well(on("import", "customers", file, "--dry-run"));
      well(on("export", "customers", join(folder, "before.csv")));
      assert.doesNotMatch(readFileSync(join(folder, "before.csv"), "utf8"), /One/, "a dry run writes nothing");
      well(on("import", "customers", file));
      well(on("export", "customers", join(folder, "after.csv")));
      assert.match(readFileSync(join(folder, "after.csv"), "utf8"), /One[\s\S]*Two/);
      badly(on("export", "customers", join(folder, "after.csv")));
      writeFileSync(file, "name,billing_status\nBad,splendid\n");
      const bad = on("import", "customers", file);
      assert.equal(bad.status, 1);
      assert.match(bad.stdout + bad.stderr, /row 2.*billing_status/);
      badly(on("import", "no_such_kind", file));
      badly(on("import", "customers", join(folder, "no-such-file")));
      badly(on("export", "no_such_list", join(folder, "x.csv")));
      const kinds = ["catalog_items", "units", "customers", "locations", "physicians", "procedures", "users", "events", "transfers", "manufacturers", "sales_orders", "invoices", "prices", "report:cases"];
      for (const kind of kinds) well(on("export", kind, join(folder, `out-${kind.replace(":", "-")}.csv`)));
      // What goes out comes in again.
      const out = join(folder, "again.csv");
      well(on("export", "customers", out));
      assert.match(well(on("import", "customers", out)), /created 0/);
    });

    test("generate makes the same for the same seed; verify proves it", () => {
      well(on("generate", "--units", "60", "--users", "6", "--customers", "5", "--events", "12", "--seed", "7"));
      assert.match(well(on("token", "--email", "rep0001@generated.test")), /\S/);
      assert.match(well(on("verify")), /proven/i);
    });

    test("backup and restore", () => {
      const copy = join(folder, "copy.db");
      well(on("backup", copy));
      badly(on("backup", copy));
      const other = `sqlite://${join(folder, "restored.db")}`;
      well(call(["restore", copy, "--database-url", other]));
      assert.match(well(call(["verify", "--database-url", other])), /proven/i);
      assert.match(well(call(["token", "--email", "ada@c.example", "--database-url", other])), /\S/);
      badly(call(["restore", copy, "--database-url", other]));
      badly(call(["restore", join(folder, "no-such-file"), "--database-url", other]));
      writeFileSync(join(folder, "nonsense.db"), "not a database");
      badly(call(["restore", join(folder, "nonsense.db"), "--database-url", `sqlite://${join(folder, "third.db")}`]));
      assert.ok(!existsSync(join(folder, "third.db")), "nothing is left behind");
      well(on("migrate"));
    });

    test("verify ends with 1 and a list on a database that was tampered with", () => {
      assert.equal(on("verify").status, 0);
      python("UPDATE stock_unit SET lot = 'EDITED' , custodian_id = (SELECT max(id) FROM people_user) WHERE id = (SELECT min(id) FROM stock_unit)");
      const answer = on("verify");
      assert.equal(answer.status, 1, answer.stdout + answer.stderr);
      assert.match(answer.stdout, /\S/);
    });

    test("addresses that cannot be opened say what to do, without their passwords", () => {
      const answer = badly(call(["verify", "--database-url", "postgres://me:hushhush@127.0.0.1:1/none"]));
      assert.doesNotMatch(answer, /hushhush/);
      badly(call(["verify", "--database-url", "mysql://x"]));
      badly(call(["verify", "--database-url", `sqlite://${join(folder, "no", "such", "folder", "x.db")}`]));
    });
  });
}
