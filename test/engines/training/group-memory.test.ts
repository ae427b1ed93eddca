import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ProcMemory, systemMemory } from "../../../engines/training/group-memory.js";

interface ProcessFiles {
  readonly group: number;
  readonly residentKib: number;
  readonly sharedOutKib?: number;
  readonly name?: string;
}

/** A folder as Linux's /proc, of these processes by their ids. */
function proc(processes: Readonly<Record<number, ProcessFiles>>): string {
  const folder = mkdtempSync(join(tmpdir(), "headgate-proc-"));
  mkdirSync(join(folder, "self"));
  for (const [pid, each] of Object.entries(processes)) add(folder, Number(pid), each);
  return folder;
}

function add(
  folder: string,
  pid: number,
  { group, residentKib, sharedOutKib, name = "python" }: ProcessFiles,
) {
  const own = join(folder, String(pid));
  mkdirSync(own);
  writeFileSync(join(own, "stat"), `${pid} (${name}) S 1 ${group} ${group} 0 -1`);
  writeFileSync(join(own, "status"), `Name:\t${name}\nVmHWM:\t  99 kB\nVmRSS:\t  ${residentKib} kB\n`);
  if (sharedOutKib !== undefined)
    writeFileSync(join(own, "smaps_rollup"), `Rss:  ${residentKib} kB\nPss:  ${sharedOutKib} kB\n`);
}

describe("the memory of process groups", () => {
  it("is the sum of their processes, whatever these are called", async () => {
    const folder = proc({
      10: { group: 10, residentKib: 100 },
      11: { group: 10, residentKib: 20, name: "a) S 99 99 (b" },
      12: { group: 12, residentKib: 7 },
      13: { group: 99, residentKib: 1_000 },
    });
    const sums = await new ProcMemory(folder).resident(new Set([10, 12]));
    expect(sums).toEqual(
      new Map([
        [10, 122_880],
        [12, 7_168],
      ]),
    );
  });

  it("counts a process that was started meanwhile, after some looks, and none that has ended", async () => {
    const folder = proc({ 10: { group: 10, residentKib: 1 }, 11: { group: 10, residentKib: 2 } });
    const memory = new ProcMemory(folder);
    await memory.resident(new Set([10]));
    add(folder, 12, { group: 10, residentKib: 4 });
    rmSync(join(folder, "11"), { recursive: true });
    const looks: unknown[] = [];
    for (let i = 0; i < 8; i++) looks.push((await memory.resident(new Set([10]))).get(10));
    expect(looks.at(0)).toBe(1_024);
    expect(looks.at(-1)).toBe(5_120);
  });

  it("counts shared pages once where it is asked so", async () => {
    const folder = proc({
      10: { group: 10, residentKib: 100, sharedOutKib: 60 },
      11: { group: 10, residentKib: 100, sharedOutKib: 50 },
      12: { group: 10, residentKib: 3 },
    });
    expect(await new ProcMemory(folder).proportional(10)).toBe(113 * 1_024);
  });

  it("of this very process is what the system says", async () => {
    const sums = await systemMemory().resident(new Set([process.pid]));
    expect(sums.get(process.pid) ?? process.memoryUsage.rss()).toBeGreaterThan(10_000_000);
  });
});
