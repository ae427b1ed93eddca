/**
 * Processor time by who took it: this process, a server that it started, everybody else on the machine. On a machine
 * that is shared, a row without the others' share says little.
 */
import { readdirSync, readFileSync } from "node:fs";

export interface CpuTimes {
  /** When it was read, by `performance.now`. */
  readonly at: number;
  /** Milliseconds that all processors together have worked, for anybody, the hypervisor's guests included. */
  readonly machine: number;
  readonly processors: number;
  /** Milliseconds of this process, all threads together. */
  readonly harness: number;
  /** Milliseconds of each process that descends from this one, by its id. */
  readonly children: ReadonlyMap<number, number>;
}

/** The clock of `/proc` counts hundredths of a second. */
const tickMs = 10;

/** Undefined where there is no `/proc`. */
export function cpuTimes(): CpuTimes | undefined {
  const machine = machineTimes();
  if (machine === undefined) return undefined;
  const { user, system } = process.cpuUsage();
  return { at: performance.now(), ...machine, harness: (user + system) / 1_000, children: childTimes() };
}

/** The share of all processors, 0 to 1, that neither this process nor its children took between two readings. */
export function othersShare(before: CpuTimes, after: CpuTimes): number {
  let own = after.harness - before.harness;
  for (const [pid, ms] of after.children) own += ms - (before.children.get(pid) ?? 0);
  const all = (after.at - before.at) * after.processors;
  return Math.min(1, Math.max(0, (after.machine - before.machine - own) / all));
}

function machineTimes(): Pick<CpuTimes, "machine" | "processors"> | undefined {
  const lines = read("/proc/stat")?.split("\n") ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (lines[0] ?? "")
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const processors = lines.filter((line) => /^cpu\d/.test(line)).length;
  if (processors === 0) return undefined;
  return { machine: (user + nice + system + irq + softirq + steal) * tickMs, processors };
}

function childTimes(): Map<number, number> {
  const parents = new Map<number, number>();
  const times = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : undefined;
    if (stat === undefined) continue; // no process, or one that has just ended
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // a program's name may hold spaces
    parents.set(Number(name), Number(fields[1]));
    times.set(Number(name), (Number(fields[11]) + Number(fields[12])) * tickMs);
  }
  for (const pid of times.keys()) if (!descends(pid, parents)) times.delete(pid);
  return times;
}

function descends(pid: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at = parents.get(pid); at !== undefined; at = parents.get(at)) if (at === process.pid) return true;
  return false;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
