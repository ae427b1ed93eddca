/**
 * The effect of a long fit on others: a small model's tail latency beside it, and how soon a cancel frees the fit's
 * worker.
 */
import { connect, type Gate, tensor } from "../../client/typescript/index.js";
import { askTimes } from "../harness/closed-loop.js";
import { cost, median, type ReportRow } from "../report.js";

const small = { model: "market-impact", calls: 2_000 };
const cancels = 7;

export async function besides(url: string, say: (line: string) => void): Promise<ReportRow[]> {
  const [agent, risk] = await Promise.all([connect(url), connect(url)]);
  try {
    return [await tail(agent, risk, say), await freed(risk, say)];
  } finally {
    await Promise.all([agent.close(), risk.close()]);
  }
}

/** The p99 of a small model while fits of some seconds run one after another, compared with the p99 without them. */
async function tail(agent: Gate, risk: Gate, say: (line: string) => void): Promise<ReportRow> {
  const X = tensor(new Float32Array(16).fill(0.1), [1, 16]);
  const ask = () => agent.infer(small.model, { X });
  await askTimes(500, ask);
  const alone = percentile(await askTimes(small.calls, ask), 0.99);
  const stop = new AbortController();
  const fits = longFits(risk, stop.signal);
  const beside = percentile(await askTimes(small.calls, ask), 0.99);
  stop.abort();
  await fits;
  say(`  ${small.model} p99: ${alone.toFixed(2)} ms alone, ${beside.toFixed(2)} ms beside a long fit`);
  return cost("p99 of a small model beside a long fit", "ms", beside, "the same alone", alone);
}

async function longFits(risk: Gate, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await longFit(risk, signal).catch(() => undefined);
}

/** Expectation maximisation over a long series, which takes seconds unless it is cancelled. */
function longFit(risk: Gate, signal: AbortSignal) {
  const X = tensor(
    Float64Array.from({ length: 40_000 }, (_, i) => Math.sin(i * i) + (i % 97) / 40),
    [40_000, 1],
  );
  const parameters = { n_components: 3, n_iter: 2_000, tol: -1e300 };
  return risk.infer("gaussian_hmm", { X }, { parameters, outputs: ["n_iter"], timeoutMs: 120_000, signal });
}

/**
 * Milliseconds from a cancel until the same worker has answered another request, compared with its answer when it is
 * free.
 */
async function freed(risk: Gate, say: (line: string) => void): Promise<ReportRow> {
  const X = tensor(
    Float64Array.from({ length: 40 }, (_, i) => i % 7),
    [20, 2],
  );
  const quick = () => risk.infer("standard_scaler", { X });
  const free = median(await askTimes(200, quick));
  const times: number[] = [];
  for (let i = 0; i < cancels; i++) {
    const stop = new AbortController();
    const long = longFit(risk, stop.signal).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [ms] = await askTimes(1, () => {
      stop.abort();
      return quick();
    });
    times.push(ms ?? Number.NaN);
    await long;
  }
  say(
    `  after a cancel the worker answers within ${median(times).toFixed(1)} ms, a free one in ${free.toFixed(2)} ms`,
  );
  return cost(
    "cancel of a long fit to the next answer of its worker",
    "ms",
    median(times),
    "a free worker",
    free,
  );
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
