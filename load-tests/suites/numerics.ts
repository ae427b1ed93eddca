/**
 * Compares every fit over the socket, encoding and decoding included, with scikit-learn in a Python process that
 * already has the data in memory. The sides are measured in turn, with other bytes each time: sent with each request,
 * and named by a reference.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Gate, tensor } from "../../client/typescript/index.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import { startNode } from "../harness/child.js";
import { bytesOf, EchoClient } from "../harness/echo.js";
import { FrameClient } from "../harness/frame-client.js";
import { startGateway } from "../harness/gateway.js";
import { howToGetPython, PythonPeer } from "../harness/python.js";
import { cost, median, type ReportRow } from "../report.js";
import { besides } from "./numerics-beside.js";
import { dataFor } from "./numerics-data.js";
import { type NumericsJob, nameOf, numericsJobs, peerOf } from "./numerics-jobs.js";
import { byReference } from "./numerics-references.js";
import { measuredRounds, repeat, warmupRounds } from "./numerics-rounds.js";

const variants = 3;
export async function numerics(say: (line: string) => void): Promise<ReportRow[]> {
  const data = mkdtempSync(join(tmpdir(), "headgate-bench-"));
  const gateway = await startGateway();
  const echo = await startNode("load-tests/peers/ws-echo.js", []);
  const url = `ws://127.0.0.1:${gateway.port}/v1`;
  const gate = await connect(url);
  const echoes = await EchoClient.open(echo.port);
  const frames = await FrameClient.open(gateway.port);
  const python = await PythonPeer.start("sklearn_process.py");
  if (python === undefined) say(`  scikit-learn could not start: ${howToGetPython}`);
  try {
    const rows: ReportRow[] = [];
    for (const job of numericsJobs)
      rows.push(...(await measure(job, { gate, echoes, python, folder: data }, say)));
    rows.push(...(await byReference({ frames, python, folder: data }, say)));
    rows.push(...(await besides(url, say)));
    return rows;
  } finally {
    python?.stop();
    echoes.close();
    frames.close();
    await gate.close();
    await Promise.all([gateway.stop(), echo.stop()]);
    rmSync(data, { recursive: true });
  }
}

interface NumericsPeers {
  readonly gate: Gate;
  readonly echoes: EchoClient;
  readonly python: PythonPeer | undefined;
  readonly folder: string;
}

async function measure(
  job: NumericsJob,
  sides: NumericsPeers,
  say: (line: string) => void,
): Promise<ReportRow[]> {
  const { gate, echoes, python, folder } = sides;
  const sets = Array.from({ length: variants }, (_, variant) => dataFor(job, variant));
  const times = { ours: [] as number[], theirs: [] as number[], echo: [] as number[] };
  let backend = "";
  const ask = async (round: number) => {
    const x = sets[round % variants] as Float64Array;
    const ours = await timeOurs(gate, job, x);
    backend = ours.backend;
    times.ours.push(ours.ms);
    if (python !== undefined) times.theirs.push(await timeTheirs(python, job, x, folder));
    if (job.byteBound) times.echo.push(await timeEcho(echoes, job, x));
  };
  await repeat(ask, warmupRounds);
  for (const side of Object.values(times)) side.length = 0;
  await repeat(ask, measuredRounds);
  const name = nameOf(job);
  const peer = peerOf(job);
  const row = cost(
    name,
    "ms",
    median(times.ours),
    python === undefined ? `no ${peer}: ${howToGetPython}` : peer,
    python === undefined ? null : median(times.theirs),
  );
  say(
    `  ${name}: ${row.value?.toFixed(2) ?? "–"} ms on ${backend}, ${peer} ${row.peer_value?.toFixed(2) ?? "-"} ms`,
  );
  if (!job.byteBound) return [row];
  return [
    row,
    cost(
      `${name}, against its bytes`,
      "ms",
      median(times.ours),
      "bare ws echo of the same bytes",
      median(times.echo),
    ),
  ];
}

async function timeOurs(gate: Gate, { fit, n, p, ours }: NumericsJob, x: Float64Array) {
  const started = performance.now();
  const { backend, source, cached } = await gate.infer(
    fit,
    { X: tensor(x, [n, p]) },
    { parameters: ours, timeoutMs: 120_000 },
  );
  const ms = performance.now() - started;
  if (source !== "gateway" || cached) throw new Error(`${fit} was not computed by the gateway`);
  return { ms, backend };
}

async function timeTheirs(
  python: PythonPeer,
  job: NumericsJob,
  x: Float64Array,
  folder: string,
): Promise<number> {
  const path = join(folder, "x.f64");
  writeFileSync(path, new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
  await python.ask({ load: path, n: job.n, p: job.p });
  const { ms } = await python.ask({ fit: job.fit, parameters: job.theirs });
  return Number(ms);
}

async function timeEcho(echo: EchoClient, { fit, n, p }: NumericsJob, x: Float64Array): Promise<number> {
  const started = performance.now();
  const X = {
    datatype: "FP64",
    shape: [n, p],
    data: new Uint8Array(x.buffer, x.byteOffset, x.byteLength),
  } as const;
  await echo.ask(bytesOf(msgpackCodec.encode({ type: "infer", id: 1, model: fit, inputs: { X } })));
  return performance.now() - started;
}
