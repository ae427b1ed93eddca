/**
 * Measures latencies at the pace of a live feed: an open loop that sends each request when it is due, whether the
 * earlier ones were answered or not, and counts its time from then.
 */
import { type CallOptions, connect, type Gate, tensor } from "../../client/typescript/index.js";
import { arrivals } from "../../load-tests/load/arrivals.js";
import { type Span, since, whenDue } from "../../load-tests/load/due.js";
import type { Bar } from "./bars.js";
import { type DeskQuestion, desks } from "./desks.js";
import { Market } from "./market.js";
import { clientOptions, detector, streamName } from "./parameters.js";
import { Tally } from "./tally.js";

export interface LivePaceOptions {
  readonly url: string;
  readonly bars: readonly Bar[];
  readonly seconds: number;
  readonly signal: AbortSignal;
}

export interface LivePaceResult {
  readonly seconds: number;
  /** Times from the moment a request was due to its answer. */
  readonly requests: Tally;
  /** Times from the moment a bar was due to the ack of its observation. */
  readonly observations: Tally;
}

/** Requests a second of all desks together, at random times. */
export const requestsPerSecond = 200;
/** Bars a second, evenly. */
export const barsPerSecond = 10;

/** The first second is not recorded: the stream and the connections are new. */
const warmupMs = 1_000;
/** The times are random and the same in every run. */
const seed = 2008;
/** The features look 63 days back and the risk desk 252. */
const historyDays = 320;
/** The live feed has a stream of its own, so that the replay's stays a record of the days. */
const liveStream = `${streamName}.live`;
const call: CallOptions = { timeoutMs: 10_000 };

interface LiveBar {
  readonly time: number;
  readonly logReturn: number;
  readonly questions: readonly (readonly [desk: string, question: DeskQuestion])[];
}

export async function livePace({ url, bars, seconds, signal }: LivePaceOptions): Promise<LivePaceResult> {
  const needed = Math.ceil((warmupMs / 1_000 + seconds) * barsPerSecond);
  const live = liveBars(bars, needed);
  if (live.length < needed)
    throw new Error(
      `${seconds} s at the pace of a live feed need ${needed + historyDays} days of the market`,
    );
  const gates = new Map<string, Gate>();
  for (const { name } of desks) gates.set(name, await connect(url, { ...clientOptions, client: name }));
  const feed = await connect(url, { ...clientOptions, client: "live feed" });
  try {
    const stream = await feed.openStream(liveStream, { ...detector, history: historyBefore(bars, live) });
    const measured = { seconds, requests: new Tally(), observations: new Tally() };
    const span: Span = { startAt: performance.now(), warmupMs, endMs: warmupMs + seconds * 1_000 };
    const running = new Set<Promise<void>>();
    const start = (tally: Tally, due: number, work: () => Promise<unknown>) => {
      const run = timed(work, span, due, tally).finally(() => running.delete(run));
      running.add(run);
    };
    const ask = (at: number, due: number) => {
      const { questions } = live[Math.floor((due / 1_000) * barsPerSecond)] ?? { questions: [] };
      const [desk = "", question] = questions[at % questions.length] ?? [];
      if (question !== undefined) start(measured.requests, due, () => put(gates.get(desk), question));
    };
    const observe = (at: number, due: number) => {
      const bar = live[at];
      if (bar !== undefined)
        start(measured.observations, due, () => stream.observe(bar.time, [bar.logReturn], call));
    };
    const times = (rate: number, kind: "poisson" | "even") =>
      untilAborted(arrivals({ rate, arrivals: kind, burst_period_ms: 0 }, seed), signal);
    await Promise.all([
      whenDue(times(requestsPerSecond, "poisson"), span, ask),
      whenDue(times(barsPerSecond, "even"), span, observe),
    ]);
    await Promise.all(running);
    await stream.close();
    return measured;
  } finally {
    await Promise.all([feed, ...gates.values()].map((gate) => gate.close()));
  }
}

/** The same times until the signal is aborted; then no further action is due. */
function* untilAborted(times: Iterable<number>, signal: AbortSignal): Generator<number> {
  for (const time of times) yield signal.aborted ? Infinity : time;
}

async function timed(work: () => Promise<unknown>, span: Span, due: number, tally: Tally): Promise<void> {
  const recorded = due >= span.warmupMs;
  try {
    await work();
    if (recorded) tally.answered(since(span) - due);
  } catch (error) {
    tally.failed(`at the live pace: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function put(gate: Gate | undefined, { model, inputs, parameters, headline }: DeskQuestion) {
  const options = { ...call, ...(parameters !== undefined && { parameters }) };
  const answer = await gate?.infer(model, inputs, options);
  if (answer === undefined || !Number.isFinite(headline(answer.outputs)))
    throw new Error(`${model}: an answer without its number`);
}

/** The last days of the market, each with the questions of all desks, made before the clock starts. */
function liveBars(bars: readonly Bar[], count: number): readonly LiveBar[] {
  const market = new Market();
  return bars.slice(-(count + historyDays)).flatMap((bar, i): LiveBar[] => {
    market.close(bar);
    const { logReturn } = market;
    if (i < historyDays || logReturn === undefined) return [];
    const questions = desks.flatMap(({ name, questions: of }) =>
      of(market).map((question) => [name, question] as const),
    );
    return [{ time: bar.time, logReturn, questions }];
  });
}

/** The returns of all days before the live ones, on which the detector warms up. */
function historyBefore(bars: readonly Bar[], [first]: readonly LiveBar[]) {
  const before = bars.filter(({ time }) => time < (first?.time ?? -Infinity));
  const days = before.slice(1);
  const returns = days.map(({ close }, i) => Math.log(close / (before[i]?.close ?? NaN)));
  return { ts: days.map(({ time }) => time), values: tensor(Float64Array.from(returns), [days.length, 1]) };
}
