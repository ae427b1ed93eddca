/** Questions asked of another process: one that hangs, crashes or prints costs that one answer. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CheckProcess } from "../../load-tests/gpu/check-process.js";

const folder = mkdtempSync(join(tmpdir(), "headgate-checks-"));
const program = join(folder, "side.mjs");

/** What it does is in the question's kernel case: a number. */
beforeAll(() => {
  writeFileSync(
    program,
    `process.on("message", ({ at }) => {
  if (at === 1) return process.kill(process.pid, "SIGSEGV");
  if (at === 2) for (;;);
  if (at === 3) { console.error("libcublasLt.so.13: cannot open shared object file"); return process.send({ error: "it failed" }); }
  process.send({ answer: process.pid });
});
process.once("disconnect", () => process.exit());
`,
  );
});
const checks = new CheckProcess(program);
afterAll(() => {
  checks.stop();
  rmSync(folder, { recursive: true });
});

const ask = (at: number, limitMs = 20_000) =>
  checks.ask({ kind: "kernel case", at, software: false }, limitMs);

it("is answered by one process as long as all is well, and by another after each failure", async () => {
  const pids = [await ask(0), await ask(0)];
  expect(pids[0]).toEqual(pids[1]);
  expect(await ask(1)).toEqual({ ok: false, why: "the process ended with SIGSEGV" });
  pids.push(await ask(0));
  expect(await ask(2, 300)).toEqual({ ok: false, why: "no answer within 0.3 s" });
  pids.push(await ask(0));
  expect(await ask(3)).toEqual({
    ok: false,
    why: "it failed; it printed: libcublasLt.so.13: cannot open shared object file",
  });
  pids.push(await ask(0));
  expect(pids.every(({ ok }) => ok)).toBe(true);
  expect(new Set(pids.map((told) => JSON.stringify(told))).size).toBe(4);
});
