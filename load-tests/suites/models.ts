/**
 * Compares every shipped model over a socket with its training library in a Python process: one row a request, and
 * 256 rows a request. The sides are measured in turn, with other rows at each call.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Gate } from "../../client/typescript/index.js";
import { askTimes } from "../harness/closed-loop.js";
import { startGateway } from "../harness/gateway.js";
import { howToGetTraining, PythonPeer, trainingPython } from "../harness/python.js";
import { cost, median, type ReportRow, rate } from "../report.js";
import { type ModelJob, type ModelSample, modelJobs, sampleFor } from "./models-jobs.js";

const rounds = 5;
/** Calls in one round, with one row each, and with as many rows as the model accepts. */
const calls = { one: 100, batch: 10 };

export async function shippedModels(say: (line: string) => void): Promise<ReportRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-bench-"));
  const gateway = await startGateway();
  const gate = await connect(`ws://127.0.0.1:${gateway.port}/v1`);
  const python = await PythonPeer.start("model_process.py", { python: trainingPython() });
  if (python === undefined) say(`  the training libraries could not start: ${howToGetTraining}`);
  try {
    await warm(gate);
    const rows: ReportRow[] = [];
    for (const job of modelJobs) rows.push(...(await measure(job, { gate, python, folder }, say)));
    return rows;
  } finally {
    python?.stop();
    await gate.close();
    await gateway.stop();
    rmSync(folder, { recursive: true });
  }
}

/**
 * JavaScript is compiled while it runs: without this the first model would pay for the compilation of the client and
 * the gateway.
 */
async function warm(gate: Gate): Promise<void> {
  const [job] = modelJobs as readonly [ModelJob, ...ModelJob[]];
  await timeOurs(gate, job, sampleFor(job), 1, 3_000);
}

interface ModelPeers {
  readonly gate: Gate;
  readonly python: PythonPeer | undefined;
  readonly folder: string;
}

async function measure(job: ModelJob, sides: ModelPeers, say: (line: string) => void): Promise<ReportRow[]> {
  const sample = sampleFor(job);
  const python = await loaded(job, sample, sides);
  const times = { one: [] as number[], batch: [] as number[] };
  const theirs = { one: [] as number[], batch: [] as number[] };
  for (let round = 0; round <= rounds; round++)
    for (const [size, rows] of [
      ["one", 1],
      ["batch", job.batch],
    ] as const) {
      await quiet();
      const ours = await timeOurs(sides.gate, job, sample, rows, calls[size]);
      await quiet();
      const peers = python === undefined ? [] : await timeTheirs(python, rows, calls[size]);
      if (round === 0) continue; // Round 0 only warms up
      times[size].push(...ours);
      theirs[size].push(...peers);
    }
  const peer = python === undefined ? `no ${job.library}: ${howToGetTraining}` : job.library;
  const of = (value: number) => (python === undefined ? null : value);
  const rateOf = (each: readonly number[]) => (job.batch * 1_000) / median(each);
  const name = (what: string) => `${job.model}, ${what}`;
  const rows = [
    cost(name("p50 of one row"), "ms", median(times.one), peer, of(median(theirs.one))),
    rate(
      name(`rows a second by ${job.batch}`),
      "rows/s",
      rateOf(times.batch),
      peer,
      of(rateOf(theirs.batch)),
    ),
  ];
  for (const { name, value, unit, peer_value } of rows)
    say(
      `  ${name}: ${value?.toPrecision(4) ?? "–"} ${unit}, ${job.library} ${peer_value?.toPrecision(4) ?? "-"}`,
    );
  return rows;
}

/**
 * The threads of both sides spin for a while after their work; this pause keeps them from spinning while the other
 * side is timed.
 */
const quiet = () => new Promise((resolve) => setTimeout(resolve, 25));

/** The peer with the model and the rows in its memory; undefined when the peer does not have the model. */
async function loaded({ model }: ModelJob, { file, shape }: ModelSample, { python, folder }: ModelPeers) {
  if (python === undefined || !(python.first["kept"] as readonly string[]).includes(model)) return undefined;
  const path = join(folder, "rows");
  writeFileSync(path, file);
  await python.ask({ load: model, path, ...(shape !== null && { shape }) });
  return python;
}

async function timeOurs(
  gate: Gate,
  { model, input }: ModelJob,
  sample: ModelSample,
  rows: number,
  count: number,
) {
  return askTimes(count, async () => {
    const { source, cached } = await gate.infer(model, { [input]: sample.next(rows) });
    if (source !== "gateway" || cached) throw new Error(`${model} was not computed by the gateway`);
  });
}

async function timeTheirs(python: PythonPeer, rows: number, count: number): Promise<readonly number[]> {
  return (await python.ask({ rows, calls: count }))["ms"] as number[];
}
