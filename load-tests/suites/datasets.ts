/**
 * What datasets cost and what they save: a put against an echo of its bytes, an append against a put of the whole, and
 * a rolling job whose windows are named by references, against the same windows sent as bytes and against scikit-learn
 * in a process that has the table in its memory. Nothing is cached, and every repetition has another table.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientFrame } from "../../protocol/frames.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import type { WireTensor } from "../../protocol/tensor.js";
import { startNode } from "../harness/child.js";
import { bytesOf, EchoClient } from "../harness/echo.js";
import { FrameClient } from "../harness/frame-client.js";
import { startGateway } from "../harness/gateway.js";
import { howToGetPython, PythonPeer } from "../harness/python.js";
import { cost, median, type ReportRow } from "../report.js";
import { rollingJobs } from "./datasets-rolling.js";
import { dataFor } from "./numerics-data.js";

type PrintLine = (line: string) => void;

/** 12.8 MB. */
const large = { n: 100_000, p: 16 };
const days = { n: 2_520, p: 50 };
const rounds = 9;
const warmups = 3;

export async function datasets(say: PrintLine): Promise<ReportRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-bench-"));
  const gateway = await startGateway({ models: null });
  const echo = await startNode("load-tests/peers/ws-echo.js", []);
  const frames = await FrameClient.open(gateway.port);
  const echoes = await EchoClient.open(echo.port);
  const python = await PythonPeer.start("sklearn_process.py");
  if (python === undefined) say(`  scikit-learn could not start: ${howToGetPython}`);
  try {
    return [
      ...(await puts(frames, echoes, say)),
      await appends(frames, say),
      ...(await rollingJobs({ frames, python, folder }, say)),
    ];
  } finally {
    python?.stop();
    echoes.close();
    frames.close();
    await Promise.all([gateway.stop(), echo.stop()]);
    rmSync(folder, { recursive: true });
  }
}

/** A put of 12.8 MB, other bytes each time, an echo of them, their hash alone, and the same content put again. */
async function puts(frames: FrameClient, echoes: EchoClient, say: PrintLine): Promise<ReportRow[]> {
  const times = { put: [] as number[], echo: [] as number[], hash: [] as number[], again: [] as number[] };
  const x = dataFor({ fit: "", ...large, ours: {}, theirs: {} }, 0);
  const X = tensorOf(x, large.n, large.p);
  for (let round = -warmups; round < rounds; round++) {
    if (round === 0) for (const side of Object.values(times)) side.length = 0;
    x[(round + warmups) * 977] = round + 0.5;
    const put = () => frames.ask({ type: "put", dataset: "large", columns: { X } });
    times.put.push(await timeOf(put));
    const message = () =>
      bytesOf(msgpackCodec.encode({ type: "put", id: 1, dataset: "large", columns: { X } } as ClientFrame));
    times.echo.push(await timeOf(() => echoes.ask(message())));
    times.hash.push(
      await timeOf(async () =>
        createHash("sha256")
          .update(X.data as Uint8Array)
          .digest(),
      ),
    );
    times.again.push(await timeOf(put));
  }
  await frames.ask({ type: "drop", dataset: "large" });
  for (const [name, all] of Object.entries(times))
    say(`  ${name}: ${all.map((ms) => ms.toFixed(0)).join(" ")} ms`);
  const put = median(times.put);
  return [
    cost("put of 12.8 MB", "ms", put, "bare ws echo of the same bytes", median(times.echo)),
    cost("SHA-256 of 12.8 MB, alone", "ms", median(times.hash), "the put of them", put),
    cost("the same 12.8 MB put again", "ms", median(times.again), "the first put", put),
  ];
}

/** A day more for a table of ten years, against putting the table that is a day longer. */
async function appends(frames: FrameClient, say: PrintLine): Promise<ReportRow> {
  const { n, p } = days;
  const count = rounds + warmups;
  const x = dataFor({ fit: "", n: n + count, p, ours: {}, theirs: {} }, 1);
  const rowsOf = (from: number, to: number) => tensorOf(x.subarray(from * p, to * p), to - from, p);
  const times = { append: [] as number[], put: [] as number[] };
  await frames.ask({ type: "put", dataset: "days", columns: { X: rowsOf(0, n) } });
  for (let round = 0; round < count; round++) {
    if (round === warmups) for (const side of Object.values(times)) side.length = 0;
    const day = n + round;
    const append = { type: "append", dataset: "days", columns: { X: rowsOf(day, day + 1) } } as const;
    times.append.push(await timeOf(() => frames.ask(append)));
    // Without the first row, so that it is not the content that the append has made already.
    const whole = { type: "put", dataset: "days-anew", columns: { X: rowsOf(1, day + 1) } } as const;
    times.put.push(await timeOf(() => frames.ask(whole)));
  }
  say(`  append: ${times.append.map((ms) => ms.toFixed(1)).join(" ")} ms`);
  const [ours, whole] = [median(times.append), median(times.put)];
  return cost("append of a row to 2520x50", "ms", ours, "put of all the rows", whole);
}

async function timeOf(ask: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await ask();
  return performance.now() - started;
}

function tensorOf(x: Float64Array, rows: number, columns: number): WireTensor {
  return {
    datatype: "FP64",
    shape: [rows, columns],
    data: new Uint8Array(x.buffer, x.byteOffset, x.byteLength),
  };
}
