/**
 * `npm run bench -- gpu`: compares the numerics' kernels on the card with the same kernels on this machine's CPU,
 * with scikit-learn on the CPU, and with torch on the same card. All are measured in one run, each side in a process
 * of its own, everywhere in float32.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { howToGetPython, PythonPeer, pythonOf } from "../harness/python.js";
import type { ReportRow } from "../report.js";
import { dataFor } from "../suites/numerics-data.js";
import { type BenchCell, type BenchSides, cellRows } from "./bench-cell.js";
import { CheckProcess } from "./check-process.js";
import { type JobName, jobs } from "./jobs.js";
import type { Rounds } from "./questions.js";

export interface GpuBenchOptions {
  /**
   * Accepts a software renderer in place of a card, and uses small sizes: this proves that the suite works, its times
   * mean nothing.
   */
  readonly small?: boolean;
  /** Starts no further row after this many seconds. Absent: all rows are measured. */
  readonly seconds?: number;
}

const sizes = {
  full: [
    [2_520, 500],
    [100_000, 16],
    [1_000_000, 16],
  ],
  small: [
    [120, 20],
    [1_000, 12],
  ],
} as const;

const rounds: Readonly<Record<"full" | "small", Rounds>> = {
  full: { most: 5, ms: 600 },
  small: { most: 2, ms: 50 },
};

export async function gpuBench(
  say: (line: string) => void,
  { small = false, seconds = Number.POSITIVE_INFINITY }: GpuBenchOptions = {},
): Promise<ReportRow[]> {
  const until = performance.now() + seconds * 1_000;
  const folder = mkdtempSync(join(tmpdir(), "headgate-gpu-"));
  const [device, cpu] = [new CheckProcess(), new CheckProcess()];
  const adapter = await device.ask({ kind: "adapter", software: small }, 15_000);
  const python = await PythonPeer.start("gpu_process.py");
  tellOf(python, say);
  say(
    adapter.ok
      ? `  on ${adapter.answer.description}${adapter.answer.software ? ", a software renderer: nothing is measured by it" : ""}`
      : `  no GPU here (${adapter.why}): the rows are what this machine's CPU takes, and have no peers`,
  );
  const sides: BenchSides = {
    device,
    cpu,
    python,
    adapter,
    rounds: small ? rounds.small : rounds.full,
    small,
  };
  try {
    const rows: ReportRow[] = [];
    for (const [n, p] of small ? sizes.small : sizes.full)
      for (const job of Object.keys(jobs) as JobName[]) {
        if (performance.now() >= until) {
          say(`  ${jobs[job].title} ${n}x${p}: not begun, ${seconds} s were over`);
          continue;
        }
        rows.push(...(await measured({ job, n, p, path: join(folder, "x.f32") }, sides, say)));
      }
    return rows;
  } finally {
    for (const side of [device, cpu]) side.stop();
    python?.stop();
    rmSync(folder, { recursive: true });
  }
}

async function measured(
  cell: BenchCell,
  sides: BenchSides,
  say: (line: string) => void,
): Promise<ReportRow[]> {
  const { job, n, p, path } = cell;
  const data = job === "kmeans" ? "blobs" : "factors";
  const x = dataFor({ fit: jobs[job].fit ?? job, n, p, ours: {}, theirs: {}, data }, 0);
  writeFileSync(path, new Uint8Array(Float32Array.from(x).buffer));
  const rows = await cellRows(cell, sides, say);
  for (const { name, value, unit, peer, peer_value } of rows)
    say(`  ${name}: ${value?.toFixed(2) ?? "–"} ${unit}; ${peer} ${peer_value?.toFixed(2) ?? "-"}`);
  return rows;
}

function tellOf(python: PythonPeer | undefined, say: (line: string) => void): void {
  if (python === undefined) return say(`  no numpy for ${pythonOf()}, so no Python peers: ${howToGetPython}`);
  const lacking = python.first["lacking"] as Readonly<Record<string, string>>;
  for (const [side, why] of Object.entries(lacking)) say(`  no ${side}: ${why}`);
}
