/** How a gateway ends when its orderly stop hangs, tested with the built program in a separate process. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";

const lastResort = new URL("../../dist/gateway/process/last-resort.js", import.meta.url).href;

/** How a process ends that runs these statements and has to end within 300 ms. */
function ending(statements: string): Promise<{ readonly code: unknown; readonly signal: unknown }> {
  const script = `import { endWithin } from ${JSON.stringify(lastResort)}; endWithin(300); ${statements}`;
  return new Promise((resolve) =>
    execFile(process.execPath, ["--input-type=module", "-e", script], (error) =>
      resolve({ code: error?.code ?? 0, signal: error?.signal ?? null }),
    ),
  );
}

it("a process that exits by itself is not killed", async () => {
  expect(await ending("process.exit(3)")).toEqual({ code: 3, signal: null });
});

it("a main thread that computes without end is killed", async () => {
  expect(await ending("for (;;);")).toMatchObject({ signal: "SIGKILL" });
});

it("an exit that waits for a read that never ends is killed: Node ends its own threads first", async () => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-end-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const read = `import { readFile } from "node:fs"; readFile(${JSON.stringify(pipe)}, () => {});`;
  expect(await ending(`${read} setTimeout(() => process.exit(0), 50);`)).toMatchObject({ signal: "SIGKILL" });
});
