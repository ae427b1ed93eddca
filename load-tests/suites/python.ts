/**
 * Measures the Python client: its start, a small inference, and the fit of every drop-in estimator compared with
 * scikit-learn in a separate process. The sides are measured in turn, with other bytes each time; fallback is
 * forbidden and scikit-learn cannot be imported.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNode } from "../harness/child.js";
import { startGateway } from "../harness/gateway.js";
import { howToGetPython, PythonPeer, runPython } from "../harness/python.js";
import { cost, median, type ReportRow, rate } from "../report.js";
import { dataFor } from "./numerics-data.js";
import { type NumericsJob, numericsJobs } from "./numerics-jobs.js";

const starts = 9;
const variants = 3;
const warmups = 2;

/** The estimators that the numerics suite runs at another size only. */
const also: readonly NumericsJob[] = [
  ["dbscan", { eps: 8, min_samples: 5 }, "blobs"],
  ["isolation_forest", { random_state: 0 }, "blobs"],
  ["gaussian_hmm", { n_components: 2, random_state: 0 }, "blobs"],
].map(
  ([fit, parameters, data]) =>
    ({ fit, n: 252, p: 50, ours: parameters, theirs: parameters, data }) as NumericsJob,
);

export async function python(say: (line: string) => void): Promise<ReportRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-bench-"));
  const gateway = await startGateway();
  const echo = await startNode("load-tests/peers/ws-echo.js", []);
  const urls = { gate: `ws://127.0.0.1:${gateway.port}/v1`, echo: `ws://127.0.0.1:${echo.port}` };
  try {
    await runPython("python_start.py", ["headgate", urls.gate]);
    return [...(await starting(urls)), ...(await small(urls)), ...(await fits(urls.gate, folder, say))];
  } catch (error) {
    say(`  ${error instanceof Error ? error.message : String(error)}`);
    return [cost("p50 of one coroutine", "us", Number.NaN, `it could not run: ${howToGetPython}`, null)];
  } finally {
    await Promise.all([gateway.stop(), echo.stop()]);
    rmSync(folder, { recursive: true });
  }
}

interface Urls {
  readonly gate: string;
  readonly echo: string;
}

async function starting({ gate, echo }: Urls): Promise<ReportRow[]> {
  const found = {
    ms: { ours: [] as number[], bare: [] as number[] },
    mb: { ours: [] as number[], bare: [] as number[] },
  };
  for (let i = 0; i < starts; i++) {
    const none = await start("numpy", "");
    for (const [name, ran] of [
      ["ours", await start("headgate", gate)],
      ["bare", await start("bare", echo)],
    ] as const) {
      found.ms[name].push(ran.ms);
      found.mb[name].push(ran.rss_mb - none.rss_mb);
    }
  }
  const peer = "numpy, websockets and msgpack, first echo";
  return [
    cost("import, connect, first answer", "ms", median(found.ms.ours), peer, median(found.ms.bare)),
    cost("memory over an interpreter with numpy", "MB", median(found.mb.ours), peer, median(found.mb.bare)),
  ];
}

async function start(kind: string, url: string): Promise<{ readonly ms: number; readonly rss_mb: number }> {
  return (await runPython("python_start.py", [kind, url])) as { ms: number; rss_mb: number };
}

async function small({ gate, echo }: Urls): Promise<ReportRow[]> {
  const found = (await runPython("python_small.py", [gate, echo])) as Record<
    "p50_us" | "rate",
    PythonFigures
  >;
  const peer = "websockets and msgpack, echo";
  return [
    cost("p50 of one coroutine", "us", found.p50_us.ours, peer, found.p50_us.bare),
    cost(
      "p50 of one coroutine, against the same gateway",
      "us",
      found.p50_us.ours,
      "websockets and msgpack, asking the gateway",
      found.p50_us.raw ?? null,
    ),
    rate("small inferences, 256 in flight", "1/s", found.rate.ours, peer, found.rate.bare),
    rate(
      "small inferences, 256 rows a call of infer_many",
      "1/s",
      found.rate.many ?? null,
      "256 calls of infer at once",
      found.rate.ours,
    ),
  ];
}

interface PythonFigures {
  readonly ours: number;
  readonly bare: number;
  /** Rows a second by `infer_many`. */
  readonly many?: number;
  /** The microseconds of bare websockets and msgpack calling the same gateway. */
  readonly raw?: number;
}

async function fits(url: string, folder: string, say: (line: string) => void): Promise<ReportRow[]> {
  const ours = await PythonPeer.start("headgate_process.py", { args: [url] });
  if (ours === undefined) throw new Error("headgate_process.py could not start");
  const theirs = await PythonPeer.start("sklearn_process.py");
  if (theirs === undefined) say(`  scikit-learn could not start: ${howToGetPython}`);
  try {
    const rows: ReportRow[] = [];
    for (const job of [...numericsJobs, ...also])
      rows.push(await timeFit(job, { ours, theirs }, folder, say));
    return rows;
  } finally {
    ours.stop();
    theirs?.stop();
  }
}

interface Peers {
  readonly ours: PythonPeer;
  readonly theirs: PythonPeer | undefined;
}

async function timeFit(
  job: NumericsJob,
  { ours, theirs }: Peers,
  folder: string,
  say: (line: string) => void,
): Promise<ReportRow> {
  const sets = Array.from({ length: variants }, (_, variant) => dataFor(job, variant) as Float64Array);
  const times = { ours: [] as number[], theirs: [] as number[] };
  const path = join(folder, "x.f64");
  let source: unknown = "";
  const started = performance.now();
  // At least 5 rounds, and more while they take little time.
  for (
    let round = 0;
    round < warmups + 5 || (round < warmups + 25 && performance.now() - started < 1_500);
    round++
  ) {
    const x = sets[round % variants] as Float64Array;
    writeFileSync(path, new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
    const asked = await timed(ours, job, path, job.theirs);
    source = asked["source"];
    const peer = theirs === undefined ? undefined : await timed(theirs, job, path, job.theirs);
    if (round < warmups) continue;
    times.ours.push(Number(asked["ms"]));
    if (peer !== undefined) times.theirs.push(Number(peer["ms"]));
  }
  const name = `${job.fit} ${job.n}x${job.p}${job.note === undefined ? "" : `, ${job.note}`}`;
  const library =
    job.fit === "gaussian_hmm" ? "hmmlearn" : job.fit === "monte_carlo_var" ? "numpy" : "scikit-learn";
  say(
    `  ${name}: ${median(times.ours).toFixed(2)} ms, ${source}; ${library} ${median(times.theirs).toFixed(2)} ms`,
  );
  if (theirs === undefined)
    return cost(name, "ms", median(times.ours), `no ${library}: ${howToGetPython}`, null);
  return cost(name, "ms", median(times.ours), `${library} in process`, median(times.theirs));
}

async function timed(peer: PythonPeer, { fit, n, p }: NumericsJob, path: string, parameters: object) {
  await peer.ask({ load: path, n, p });
  return peer.ask({ fit, parameters });
}
