// A program that must never be written: it reads who has a unit, thinks, and writes a movement from what it read, without a
// lock and past the server. Everything it writes fits together but the one link: `from` is not `to` of the step before.
import { spawn } from "node:child_process";

const program = `
import sqlite3, sys, time, os, random
c = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)
org = c.execute("SELECT organization_id FROM organization").fetchone()[0]
units = c.execute("SELECT id, custodian_id FROM stock_unit WHERE organization_id = ? AND state = 0 AND facility_stock_location_id IS NULL AND custodian_type = 'user' AND container_id IS NULL ORDER BY moves DESC LIMIT 60", (org,)).fetchall()
people = [r[0] for r in c.execute("SELECT id FROM people_user WHERE organization_id = ? AND role = 'sales'", (org,))]
admin = c.execute("SELECT id FROM people_user WHERE organization_id = ? AND role = 'primary_admin'", (org,)).fetchone()[0]
time.sleep(0.7)
def uuid7():
    return (int(time.time() * 1000).to_bytes(6, "big") + bytes([0x70 | random.randrange(16)]) + os.urandom(1) + bytes([0x80 | random.randrange(64)]) + os.urandom(7))
for unit, read in units:
    to = random.choice([p for p in people if p != read])
    c.execute("BEGIN IMMEDIATE")
    now = c.execute("SELECT custodian_type, custodian_id, catalog_item_id, moves, state FROM stock_unit WHERE organization_id = ? AND id = ?", (org, unit)).fetchone()
    if now[0] != "user" or now[4] != 0 or now[1] == to:
        c.execute("ROLLBACK")
        continue
    entry, at = uuid7(), time.time_ns() // 1000
    c.execute("UPDATE stock_unit SET custodian_id = ?, moves = moves + 1, version = version + 1 WHERE organization_id = ? AND id = ?", (to, org, unit))
    for custodian, n in ((now[1], -1), (to, 1)):
        c.execute("INSERT INTO stock_counter VALUES (?, ?, ?, 0, 0, ?) ON CONFLICT (organization_id, custodian_id, catalog_item_id, state, facility_stock) DO UPDATE SET n = n + excluded.n", (org, custodian, now[2], n))
    c.execute("INSERT INTO journal_entry VALUES (?, ?, ?, ?, NULL, 'quick_transfer', '', 'api', 'unlocked')", (org, entry, at, admin))
    c.execute("INSERT INTO journal_movement VALUES (?, ?, ?, ?, ?, ?, 0, 0, NULL, NULL)", (org, unit, now[3] + 1, entry, read, to))
    c.execute("INSERT INTO journal_pending VALUES (?, ?, ?)", (org, entry, at))
    c.execute("COMMIT")
`;

export function sabotage(file) {
  return new Promise((done, fail) => {
    const child = spawn("python3", ["-c", program, file], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (text) => (said += text));
    child.on("exit", (code) => (code === 0 ? done() : fail(new Error(`the saboteur failed: ${said}`))));
  });
}
