/**
 * The memory that process groups have, as the system counts it. An address-space limit would not do: CUDA and Python's
 * allocators reserve many times what they use.
 */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** The memory of process groups, each under the id of its leader. */
export interface GroupMemory {
  /** Resident bytes of each group: what its processes have, in sum. */
  resident(leaders: ReadonlySet<number>): Promise<ReadonlyMap<number, number>>;
  /** Resident bytes of one group, where pages that its processes share count once. Slower. */
  proportional(leader: number): Promise<number>;
}

/** The processes of the system are looked through at every so many looks; between them, new ones are not seen. */
const looksPerScan = 8;
/** Files that are read in one turn of the gateway's thread: each takes about 20 µs, in which nothing else is done. */
const filesPerTurn = 16;

export function systemMemory(): GroupMemory {
  return process.platform === "linux"
    ? new ProcMemory("/proc")
    : { resident: residentByPs, proportional: byPs };
}

export class ProcMemory implements GroupMemory {
  /** The processes that the last scan found, with their groups. */
  private members: ReadonlyMap<number, number> = new Map();
  private looks = 0;

  /** @param proc the folder of the processes' files */
  constructor(private readonly proc: string) {}

  async resident(leaders: ReadonlySet<number>): Promise<ReadonlyMap<number, number>> {
    if (this.looks++ % looksPerScan === 0) this.members = await this.scan(leaders);
    const members = new Map(this.members);
    for (const leader of leaders) members.set(leader, leader);
    const sums = new Map<number, number>();
    for (const [pid, leader] of members)
      if (leaders.has(leader)) sums.set(leader, (sums.get(leader) ?? 0) + this.residentOf(pid));
    return sums;
  }

  async proportional(leader: number): Promise<number> {
    let sum = 0;
    for (const pid of (await this.scan(new Set([leader]))).keys()) {
      // Read aside: the system walks through all pages of the process, which takes it 10 ms for each gigabyte.
      const rollup = await readFile(`${this.proc}/${pid}/smaps_rollup`, "utf8").catch(() => "");
      sum += kibibytesOf("Pss", rollup) ?? this.residentOf(pid);
    }
    return sum;
  }

  /** Every process of these groups, with its group. */
  private async scan(leaders: ReadonlySet<number>): Promise<ReadonlyMap<number, number>> {
    const members = new Map<number, number>();
    let read = 0;
    for (const entry of readdirSync(this.proc)) {
      const pid = Number(entry);
      if (!Number.isInteger(pid)) continue;
      const leader = groupOf(this.textOf(pid, "stat"));
      if (leaders.has(leader)) members.set(pid, leader);
      if (++read % filesPerTurn === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return members;
  }

  private residentOf(pid: number): number {
    return kibibytesOf("VmRSS", this.textOf(pid, "status")) ?? 0;
  }

  /** Empty where the process has ended meanwhile. */
  private textOf(pid: number, file: string): string {
    try {
      return readFileSync(`${this.proc}/${pid}/${file}`, "utf8");
    } catch {
      return "";
    }
  }
}

/** The group is the third field after the program's name, which stands in parentheses and may contain any of them. */
function groupOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ", 3)[2]);
}

function kibibytesOf(name: string, text: string): number | undefined {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text);
  return found === null ? undefined : Number(found[1]) * 1_024;
}

async function residentByPs(leaders: ReadonlySet<number>): Promise<ReadonlyMap<number, number>> {
  const sums = new Map<number, number>();
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pgid=,rss="], { timeout: 5_000 });
  for (const line of stdout.split("\n")) {
    const [leader = Number.NaN, kibibytes = 0] = line.trim().split(/\s+/).map(Number);
    if (leaders.has(leader)) sums.set(leader, (sums.get(leader) ?? 0) + kibibytes * 1_024);
  }
  return sums;
}

async function byPs(leader: number): Promise<number> {
  return (await residentByPs(new Set([leader]))).get(leader) ?? 0;
}
