/** The settings of V8's collector, in a separate process that traces its collections. */
import { execFile } from "node:child_process";
import { expect, it } from "vitest";

const settings = new URL("../../dist/gateway/process/garbage-collection.js", import.meta.url).href;

/** The lines that V8 traces while these statements run after the settings were made. */
function traced(flags: readonly string[], statements: string): Promise<string[]> {
  const tuned = `import { tuneGarbageCollection } from ${JSON.stringify(settings)}; tuneGarbageCollection();`;
  const args = [...flags, "--expose-gc", "--input-type=module", "-e", tuned + statements];
  return new Promise((resolve, reject) =>
    execFile(process.execPath, args, { maxBuffer: 10_000_000 }, (error, output) =>
      error === null ? resolve(output.split("\n")) : reject(error),
    ),
  );
}

it("the heap of a process that computes seldom may grow to four times what a full collection left", async () => {
  const lines = await traced(
    ["--trace-gc-verbose"],
    `const held = Array.from({ length: 300_000 }, (_, i) => ({ i }));
     for (let i = 0; i < 10; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 100)); }
     console.log(held.length);`,
  );
  const factors = lines.flatMap((line) => /\[HeapController\] Limit: .*\((.*)\)/.exec(line)?.[1] ?? []);
  expect(factors.length).toBeGreaterThanOrEqual(10);
  expect(new Set(factors)).toEqual(new Set(["4.0"]));
});

it("young objects are collected without waiting for a second thread", async () => {
  const lines = await traced(
    ["--trace-gc-nvp"],
    `for (let i = 0; i < 30; i++) {
       Buffer.concat(Array.from({ length: 200 }, () => Buffer.allocUnsafe(65_536).fill(i)));
       await new Promise((resolve) => setImmediate(resolve));
     }`,
  );
  const young = lines.filter((line) => line.includes(" gc=s "));
  expect(young.length).toBeGreaterThan(10);
  expect(young.filter((line) => /background\.scavenge\.parallel=(?!0\.00)/.test(line))).toEqual([]);
});
