/**
 * Measures one job at one size on every available side (card, CPU, scikit-learn, torch), and returns the rows of the
 * bench.
 */
import type { PythonPeer } from "../harness/python.js";
import { cost, type ReportRow } from "../report.js";
import type { CheckProcess, ProcessAnswer } from "./check-process.js";
import { distanceRows, type JobName, jobs } from "./jobs.js";
import type { Adapter, Backend, Rounds, TimingResult } from "./questions.js";

export interface BenchCell {
  readonly job: JobName;
  readonly n: number;
  readonly p: number;
  /** The file with the job's data: float32 numbers, [n,p] row-major. */
  readonly path: string;
}

export interface BenchSides {
  readonly device: CheckProcess;
  readonly cpu: CheckProcess;
  readonly python: PythonPeer | undefined;
  /** The card, or the reason why there is none. */
  readonly adapter: ProcessAnswer<Adapter>;
  readonly rounds: Rounds;
  readonly small: boolean;
}

/** Milliseconds that each side may take for one job. A side that hangs loses only its own figure. */
const sideMs = 15_000;

/**
 * With a card: one row for each other side. Without a card: one row with the CPU's figure, and the reason in place of
 * a peer.
 */
export async function cellRows(
  cell: BenchCell,
  sides: BenchSides,
  say: (line: string) => void,
): Promise<ReportRow[]> {
  const { job, n, p } = cell;
  const m = distanceRows(n);
  const name = `${jobs[job].title} ${n}x${p}${job === "distances" ? ` to ${m} rows` : ""}`;
  const onDevice = sides.adapter.ok ? await ours(cell, "gpujs", sides) : sides.adapter;
  const ort = await ours(cell, "ort", sides);
  if (!onDevice.ok) {
    const reason = sides.adapter.ok ? `gpujs failed: ${onDevice.why}` : `no GPU: ${onDevice.why}`;
    if (ort.ok) return [cost(`${name}, ort on the CPU`, "ms", ort.answer.ms, reason, null)];
    say(`  ${name}: no row; ${reason}; ort failed too: ${ort.why}`);
    return [];
  }
  const peers: [string, ProcessAnswer<TimingResult>][] = [
    ["ort on the CPU", ort],
    ["plain loops on the CPU", await ours(cell, "plain", sides)],
    ["scikit-learn on the CPU", await theirs("scikit-learn", cell, sides)],
    ["torch on the same card", await theirs("torch", cell, sides)],
  ];
  return peers.map(([peer, told]) => {
    const { ms, mode } = onDevice.answer;
    const on = sides.adapter.ok && sides.adapter.answer.software ? `${mode} (a software renderer)` : mode;
    const title = `${name}, gpujs on ${on} against ${peer}`;
    return cost(title, "ms", ms, told.ok ? peer : `no ${peer}: ${told.why}`, told.ok ? told.answer.ms : null);
  });
}

function ours(
  { job, n, p, path }: BenchCell,
  backend: Backend,
  sides: BenchSides,
): Promise<ProcessAnswer<TimingResult>> {
  const side = backend === "gpujs" ? sides.device : sides.cpu;
  const { rounds, small: software } = sides;
  return side.ask({ kind: "job", job, backend, n, p, path, software, rounds }, sideMs);
}

async function theirs(
  side: string,
  { job, n, p, path }: BenchCell,
  sides: BenchSides,
): Promise<ProcessAnswer<TimingResult>> {
  const { python, rounds } = sides;
  if (python === undefined) return { ok: false, why: "this Python has no numpy" };
  const lacking = python.first["lacking"] as Readonly<Record<string, string>>;
  if (lacking[side] !== undefined) return { ok: false, why: lacking[side] };
  try {
    await python.ask({ load: path, n, p }, sideMs);
    const told = await python.ask({ side, job, m: distanceRows(n), ...rounds }, sideMs);
    if (typeof told["error"] === "string") return { ok: false, why: told["error"] };
    return { ok: true, answer: { ms: Number(told["ms"]), runs: Number(told["runs"]), mode: side } };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}
