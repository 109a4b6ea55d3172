// Schemathesis reads the OpenAPI document and sends what it allows and what it forbids: no 5xx, no way around signing in,
// no answer that the document does not describe.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ADMIN, run, world } from "./lib.mjs";
import { organization } from "./matrix.world.mjs";

const program = process.env.SCHEMATHESIS ?? fileURLToPath(new URL(".venv/bin/schemathesis", import.meta.url));
const examples = process.env.SCHEMATHESIS_EXAMPLES ?? "12";
const budget = process.env.SCHEMATHESIS_SECONDS ?? "100";

// One worker: two of them make Python 3.11 stumble over its own recursion limit now and then.
function schemathesis(it, ...args) {
  return new Promise((done) => {
    const all = ["run", `${it.base}/api/v1/openapi.json`, "--url", it.base, "--seed", "7", "--workers", "1", "--no-shrink", "--continue-on-failure", "--request-timeout", "20", "--suppress-health-check", "all", "--warnings", "off", "--max-examples", examples, "--max-time", budget, ...args];
    const child = spawn(program, all, { cwd: it.folder, env: { ...process.env, NO_COLOR: "1", COLUMNS: "160" } });
    let output = "";
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (output += text));
    child.on("exit", (code) => done({ code, output }));
  });
}

describe("schemathesis on the OpenAPI document", { skip: existsSync(program) ? false : "not installed: see requirements.txt" }, () => {
  let it, token;
  before(async () => {
    it = await world({ engine: process.env.CASELOAD_E2E_ENGINE ?? "sqlite" });
    await organization(it, it.as(ADMIN), "north");
    token = it.token(ADMIN);
  });
  after(() => it?.stop());

  const judge = ({ code, output }) => {
    const summary = output.split("\n").filter((line) => /Test cases|Operations|Failures|passed|failed|generated|No issues/i.test(line));
    console.log(summary.slice(-8).map((line) => `# ${line}`).join("\n"));
    assert.equal(code, 0, output.slice(-20_000));
  };

  test("signed in as the primary admin", async () => {
    judge(await schemathesis(it, "-H", `Authorization: Bearer ${token}`, "--phases", "coverage,fuzzing", "--checks", "not_a_server_error,response_schema_conformance,status_code_conformance,content_type_conformance"));
  });

  test("by nobody: whatever is sent, only what is open answers", async () => {
    judge(await schemathesis(it, "--phases", "coverage,fuzzing", "--mode", "positive", "--checks", "not_a_server_error,ignored_auth"));
    const admin = it.as(ADMIN);
    const answer = await admin.get("/journal?limit=1&count=true").catch(() => null);
    assert.ok(answer === null || answer.total >= 0);
  });

  test("what it left behind is proven", async () => {
    await new Promise((done) => setTimeout(done, 1500));
    assert.ok(!/panicked/.test(it.output()), it.output().match(/.*panicked.*/)?.[0]);
    run(it.url, "verify");
  });
});
