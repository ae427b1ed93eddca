/**
 * Installs a hundred versions of a model one after another, while the model and another one receive requests without
 * a pause: no request may fail, and the other model's times must not change. Each version's files are written in
 * steps, as a copy writes them, and the previous version is removed.
 */
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Gate, tensor } from "../../client/typescript/index.js";
import { startGateway } from "../harness/gateway.js";
import { inRepository } from "../harness/places.js";
import { type SteadyLoad, steadyLoad } from "../harness/steady-load.js";
import { cost, median, quantile, type ReportRow } from "../report.js";

const swaps = 100;
const sockets = 4;
const lanes = 4;
const quietMs = 10_000;

const shipped = inRepository("models");
const swapped = "signal-random-forest";
const other = "market-impact";
const widths: Readonly<Record<string, number>> = { [swapped]: 12, [other]: 16 };

export async function swapped100(say: (line: string) => void): Promise<ReportRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-swaps-"));
  const models = join(folder, "models");
  await mkdir(models);
  for (const name of [swapped, other]) await cp(join(shipped, name), join(models, name), { recursive: true });
  const gateway = await startGateway({ models, config: { repository: { settle_ms: 100 } } });
  const gates = await Promise.all(
    Array.from({ length: sockets }, () => connect(`ws://127.0.0.1:${gateway.port}/v1`)),
  );
  try {
    return await measure(gates, join(models, swapped), gateway.port, say);
  } finally {
    await Promise.all(gates.map((gate) => gate.close()));
    await gateway.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  gates: readonly Gate[],
  model: string,
  port: number,
  say: (line: string) => void,
): Promise<ReportRow[]> {
  const asked = steadyLoad(gates, lanes, (gate, call) => gate.infer(swapped, rowOf(swapped, call)));
  const beside = steadyLoad(gates, lanes, (gate, call) => gate.infer(other, rowOf(other, call)));
  await new Promise((resolve) => setTimeout(resolve, 2_000)); // Warms up
  beside.times();
  await new Promise((resolve) => setTimeout(resolve, quietMs));
  const quiet = beside.times();
  const memory = await residentMb(port);
  const answersBefore = asked.answers + beside.answers;
  const took = await swapAll(model, asked);
  const during = beside.times();
  await Promise.all([asked.stop(), beside.stop()]);
  const failures = [...asked.failures, ...beside.failures];
  say(`  ${asked.answers + beside.answers - answersBefore} requests during ${swaps} swaps`);
  say(`  resident memory ${memory.toFixed(0)} MB before, ${(await residentMb(port)).toFixed(0)} MB after`);
  for (const failure of new Set(failures)) say(`  failed: ${failure}`);
  return [
    { ...none, name: `requests that failed in ${swaps} swaps`, unit: "requests", value: failures.length },
    {
      ...none,
      name: "last byte written to first answer, 100 ms of it settling",
      unit: "ms",
      value: median(took),
    },
    cost("p50 of the other model during swaps", "ms", median(during), "without swaps", median(quiet)),
    cost(
      "p99 of the other model during swaps",
      "ms",
      quantile(during, 0.99),
      "without swaps",
      quantile(quiet, 0.99),
    ),
    cost("slowest of it", "ms", quantile(during, 1), "without swaps", quantile(quiet, 1)),
  ];
}

const none = { peer: null, peer_value: null, ratio: null };

/** The milliseconds that each swap took. */
async function swapAll(model: string, asked: SteadyLoad): Promise<number[]> {
  const took: number[] = [];
  for (let version = 2; version <= swaps + 1; version++) {
    const answered = asked.answeredBy(String(version));
    const before = join(model, String(version - 1));
    const folder = join(model, String(version));
    await mkdir(folder);
    await cp(join(before, "model.onnx"), join(folder, "model.onnx"));
    await cp(join(before, "golden.json"), join(folder, "golden.json"));
    const written = performance.now();
    await answered;
    took.push(performance.now() - written);
    await rm(before, { recursive: true });
  }
  return took;
}

function rowOf(model: string, call: number) {
  const width = widths[model] ?? 0;
  return { X: tensor(new Float32Array(width).fill(Math.sin(call)), [1, width]) };
}

async function residentMb(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^headgate_process_resident_memory_bytes (\S+)/m.exec(text)?.[1]) / 1_000_000;
}
