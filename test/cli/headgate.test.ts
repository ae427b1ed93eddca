/** `headgate` as it is typed: the gateway's commands, and the benches and loads that it knows nothing of. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("../../dist/gateway/cli/headgate.js", import.meta.url));
const run = promisify(execFile);
const headgate = (...args: string[]) =>
  run(process.execPath, [program, ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  );

it("has the gateway's commands, and bench and load beside them", async () => {
  const { code, stdout } = await headgate("--help");
  expect(code).toBe(0);
  for (const word of ["--models", "models ", "bench <suite>", "load <scenario>"])
    expect(stdout).toContain(word);
});

it("hands bench and load what comes after them", async () => {
  expect(await headgate("bench", "no-such")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no suite no-such; there are all, wire/),
  });
  expect(await headgate("load", "no-such")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no scenario no-such; there are .*worker-crash/),
  });
  expect((await headgate("models", "check", "no-such-folder")).code).toBe(1);
});
