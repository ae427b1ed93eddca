/**
 * The gain from a second worker for two models, one with almost nothing to compute and one that computes a
 * millisecond a row: the same job is sent in turn to a gateway with one worker and to a gateway with two. The
 * harness, the sockets and the workers share the machine.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Gate, tensor } from "../../client/typescript/index.js";
import type { Server } from "../harness/child.js";
import { askRate } from "../harness/closed-loop.js";
import { startGateway } from "../harness/gateway.js";
import { interleaved } from "../harness/interleaved.js";
import { inRepository } from "../harness/places.js";
import { type ReportRow, rate } from "../report.js";

const sockets = 8;
const counts = [1, 2] as const;

/** Requests in flight over all sockets: enough that batches form and, for the slow model, that no worker waits. */
const jobs = [
  { model: "market-impact", from: "models", width: 16, inFlight: 256 },
  { model: "millisecond", from: "load-tests/models", width: 64, inFlight: 32 },
] as const;
type WorkerJob = (typeof jobs)[number];

export async function workers(say: (line: string) => void): Promise<ReportRow[]> {
  say(`  ${availableParallelism()} cores for workers, sockets and this harness`);
  const folder = await mkdtemp(join(tmpdir(), "headgate-workers-"));
  const gateways: Server[] = [];
  const gates: Gate[] = [];
  try {
    const of = new Map<number, readonly Gate[]>();
    for (const count of counts) {
      const models = await repository(join(folder, String(count)), count);
      const gateway = await startGateway({ models, config: { engine: { model_workers: count } } });
      gateways.push(gateway);
      const opened = await Promise.all(
        Array.from({ length: sockets }, () => connect(`ws://127.0.0.1:${gateway.port}/v1`)),
      );
      gates.push(...opened);
      of.set(count, opened);
    }
    const rows: ReportRow[] = [];
    for (const job of jobs) rows.push(await measure(job, of, say));
    return rows;
  } finally {
    await Promise.all(gates.map((gate) => gate.close()));
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  { model, width, inFlight }: WorkerJob,
  of: ReadonlyMap<number, readonly Gate[]>,
  say: (line: string) => void,
): Promise<ReportRow> {
  const side = (count: number) => (ms: number) => {
    const gates = of.get(count) as readonly Gate[];
    return askRate({ lanes: inFlight, durationMs: ms }, (call, lane) => {
      const X = tensor(new Float32Array(width).fill(Math.sin(call)), [1, width]);
      return (gates[lane % sockets] as Gate).infer(model, { X });
    });
  };
  say(`  ${model}, ${sockets} sockets, ${inFlight} in flight`);
  const found = await interleaved({ one: side(1), two: side(2) }, "inferences/s", say);
  return rate(`${model}, ${inFlight} in flight, two workers`, "1/s", found.two, "one worker", found.one);
}

/** A model repository with the models of the jobs, each with the given number of workers. */
async function repository(folder: string, count: number): Promise<string> {
  for (const { model, from } of jobs) {
    const to = join(folder, model);
    await cp(inRepository(`${from}/${model}`), to, { recursive: true });
    const path = join(to, "config.json");
    const config = JSON.parse(await readFile(path, "utf8")) as object;
    await writeFile(path, JSON.stringify({ ...config, instance_group: { count } }));
  }
  return folder;
}
