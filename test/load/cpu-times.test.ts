import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { type CpuTimes, cpuTimes, othersShare } from "../../load-tests/harness/cpu-times.js";
import { Rounds } from "../../load-tests/harness/interleaved.js";
import { rate, table } from "../../load-tests/report.js";

const at = (ms: number, machine: number, harness: number, children: [number, number][]): CpuTimes => ({
  ...{ at: ms, machine, processors: 2, harness },
  children: new Map(children),
});

describe("the share of the others", () => {
  it("is what the machine worked beyond this process and its children", () => {
    const before = at(0, 5_000, 100, [[7, 40]]);
    const after = at(1_000, 6_600, 500, [
      ...([[7, 540]] as [number, number][]),
      [8, 100], // began in between
    ]);
    expect(othersShare(before, after)).toBeCloseTo((1_600 - 400 - 500 - 100) / 2_000);
  });

  it("stays between none and all: the two clocks differ by a tick", () => {
    expect(othersShare(at(0, 0, 0, []), at(1_000, 990, 1_000, []))).toBe(0);
    expect(othersShare(at(0, 0, 0, []), at(1_000, 2_010, 0, []))).toBe(1);
  });

  it.runIf(process.platform === "linux")(
    "counts the processes that descend from this one, and no others",
    async () => {
      const child = spawn("sh", ["-c", "sleep 60 & echo $!; wait"], { stdio: ["ignore", "pipe", "ignore"] });
      const [said] = (await once(child.stdout, "data")) as [Buffer];
      const grandchild = Number(said.toString());
      const pids = [...(cpuTimes()?.children.keys() ?? [])];
      process.kill(grandchild);
      await once(child, "exit");
      expect(pids).toEqual(expect.arrayContaining([child.pid, grandchild]));
      expect(pids).not.toContain(process.pid);
      expect(pids).not.toContain(process.ppid);
    },
  );
});

describe("rounds", () => {
  it("give the medians, the range of their own ratios, and the others' share", () => {
    const found = new Rounds({ ours: [10, 20, 30], theirs: [20, 20, 20] }, [0.1, 0.5, 0.3]);
    expect(found.median("ours")).toBe(20);
    expect(found.spread("ours", "theirs")).toEqual({ ratio_range: [0.5, 1.5], others_cpu: 0.3 });
    const row = { ...rate("a", "1/s", 20, "peer", 20), ...found.spread("ours", "theirs") };
    const told = table({ suite: "s", machine: "m", rows: [row] });
    expect(told).toContain("rounds 0.50 to 1.50, others took 30 %");
  });
});
