/**
 * The bound that each row of a suite must reach, and the reason for it. `npm run bench -- all` compares the rows with
 * these.
 */
import type { ReportRow } from "./report.js";

export interface Budget {
  readonly suite: string;
  /** The rows of the suite, by name, that this budget applies to. */
  readonly row: RegExp;
  /** The figure of the row that is bounded: its own value, or its ratio to the peer (above 1: Headgate is better). */
  readonly of: "value" | "ratio";
  readonly at: "least" | "most";
  readonly bound: number;
  /** What the figure was over several runs in November 2026, where the bound is an aim. */
  readonly today?: readonly [number, number];
  /** The reason for the bound. */
  readonly from: string;
  /**
   * Whether this budget applies to a row, for the case that two budgets match the same row. Absent: it always
   * applies.
   */
  readonly applies?: (row: ReportRow, rows: readonly ReportRow[]) => boolean;
}

export const budgets: readonly Budget[] = [
  {
    ...{
      suite: "wire",
      row: /lean client, joined frames, against an echo of one frame/,
      of: "ratio",
      at: "least",
    },
    bound: 1.7,
    today: [0.7, 1.0],
    from: "batches must carry more than a server that only gives frames back",
  },
  {
    ...{ suite: "wire", row: /lean client, one frame a message/, of: "ratio", at: "least", bound: 1 },
    today: [0.55, 0.7],
    from: "a client that joins nothing pays for its messages, and for nothing else",
  },
  {
    ...{ suite: "wire", row: /TypeScript client, against an echo/, of: "ratio", at: "least", bound: 0.8 },
    today: [0.37, 0.49],
    from: "the client library may cost as much again as the wire",
  },
  {
    ...{ suite: "wire", row: /echo of joined frames/, of: "ratio", at: "least", bound: 0.4 },
    today: [0.04, 0.07],
    from: "the rest of the way may cost one and a half times the bytes' own",
  },
  {
    ...{ suite: "wire", row: /p50 .* lean client, against bare Node/, of: "ratio", at: "least", bound: 0.85 },
    today: [0.35, 0.5],
    from: "checks, limits and metrics may cost a sixth of what computing on the socket thread takes",
  },
  {
    ...{
      suite: "wire",
      row: /p50 .* lean client, against bare ws echo/,
      of: "ratio",
      at: "least",
      bound: 0.42,
    },
    today: [0.21, 0.35],
    from: "an echo computes nothing: the model's own time is in it",
  },
  {
    ...{
      suite: "wire",
      row: /p50 .* TypeScript client, against bare ws echo/,
      of: "ratio",
      at: "least",
      bound: 0.3,
    },
    today: [0.06, 0.19],
    from: "the same with what the client library takes to make and read a request",
  },
  {
    ...{ suite: "wire", row: /HTTP and JSON/, of: "ratio", at: "least", bound: 25 },
    today: [15, 60],
    from: "what a team would put up else, whichever client it has",
  },
  {
    ...{ suite: "wire", row: /against a bare Node server/, of: "ratio", at: "least", bound: 3 },
    today: [1.9, 3.6],
    from: "what a team would write in an afternoon, without batches and checks",
  },
  {
    ...{ suite: "python", row: /^p50 of one coroutine$/, of: "ratio", at: "least", bound: 0.55 },
    today: [0.28, 0.36],
    from: "most of a request is the gateway's, and an echo of websockets and msgpack computes nothing",
  },
  {
    ...{ suite: "faces", row: /HTTP binary, against FastAPI/, of: "ratio", at: "least", bound: 2 },
    from: "a team that keeps HTTP has twice what it would put up else",
  },
  {
    ...{ suite: "faces", row: /p50 at 1 in flight, HTTP binary/, of: "ratio", at: "least", bound: 0.5 },
    from: "twice a bare server that computes on the socket thread: a thread is woken twice, and all is checked",
  },
  {
    ...{ suite: "trust", row: /in flight, with (TLS|JSON|quotas)/, of: "ratio", at: "least", bound: 0.8 },
    from: "nobody should leave TLS, tokens or quotas out for the rate's sake: a fifth is what runs of one thing differ by",
  },
  {
    ...{ suite: "trust", row: /in flight, with all three/, of: "ratio", at: "least", bound: 0.7 },
    from: "all of them together",
  },
  {
    ...{ suite: "trust", row: /^p50 at 1 in flight/, of: "ratio", at: "least", bound: 0.6 },
    from: "two encryptions and two decryptions, and the same threads to wake",
  },
  {
    ...{ suite: "trust", row: /seen before/, of: "ratio", at: "least", bound: 0.7 },
    from: "a token that was verified is found by its hash, as a key is",
  },
  {
    ...{ suite: "trust", row: /a new JSON Web Token each/, of: "ratio", at: "least", bound: 0.4 },
    from: "a storm of clients with new tokens is welcomed at two fifths of the rate: a signature is checked for each",
  },
  {
    ...{ suite: "startup", row: /^process start to first answer/, of: "value", at: "most", bound: 250 },
    from: "ms of a container's start that nobody notices",
  },
  {
    ...{ suite: "startup", row: /^memory over bare Node/, of: "value", at: "most", bound: 60 },
    from: "MB, of the hundreds that the libraries in each container took",
  },
  {
    ...{ suite: "overload", row: /answers that came late/, of: "value", at: "most", bound: 1 },
    from: "%: what cannot be in time is refused, not answered late",
  },
  {
    ...{ suite: "overload", row: /refused after, p50/, of: "value", at: "most", bound: 2 },
    from: "ms: a refusal leaves time for the fallback",
  },
  {
    ...{ suite: "overload", row: /answered in time/, of: "ratio", at: "least", bound: 0.9 },
    from: "refusing may cost a tenth of what can be done",
  },
  {
    ...{ suite: "overload", row: /p99 of the quiet tenant/, of: "ratio", at: "least", bound: 0.5 },
    from: "a loud neighbour may double it",
  },
  {
    ...{ suite: "overload", row: /^open loop at half of the most/, of: "ratio", at: "least", bound: 1 },
    from: "p99 within five times p50 at half of the load",
  },
  {
    ...{ suite: "overload", row: /^longest turn beside/, of: "value", at: "most", bound: 100 },
    from: "ms that everybody else waits: a turn's work is 5, and what is left is collecting garbage and a busy machine",
  },
  {
    ...{ suite: "fanout", row: /^one event to/, of: "ratio", at: "least", bound: 0.8 },
    from: "computing, logging and encoding it may cost a quarter of the sending",
  },
  {
    ...{ suite: "idle", row: /^resident memory/, of: "ratio", at: "least", bound: 0.5 },
    from: "a session may cost as much again as its socket",
  },
  {
    ...{ suite: "idle", row: /^heap/, of: "ratio", at: "least", bound: 0.5 },
    from: "the same without what the system rounds up or finds free already",
  },
  {
    ...{ suite: "streams", row: /^observations a second/, of: "value", at: "least", bound: 50_000 },
    from: "a minute of ticks of a thousand instruments, in a second",
  },
  {
    ...{ suite: "streams", row: /^memory of a gateway/, of: "value", at: "most", bound: 500 },
    from: "MB for 10,000 streams on a small box",
  },
  {
    ...{ suite: "streams", row: /subscribers back after a restart/, of: "value", at: "most", bound: 3_000 },
    from: "ms for a thousand, well inside a client's patience",
  },
  {
    ...{ suite: "swaps", row: /^requests that failed/, of: "value", at: "most", bound: 0 },
    from: "a version is swapped without dropping a request",
  },
  {
    ...{ suite: "soak", row: /^without an answer or an error/, of: "value", at: "most", bound: 0 },
    from: "every request has one end",
  },
  {
    ...{ suite: "soak", row: /^memory at the end/, of: "ratio", at: "least", bound: 0.9 },
    from: "level: what it grew by is less than a ninth",
  },
  {
    ...{ suite: "numerics", row: /near square|collinear/, of: "ratio", at: "least", bound: 0.25 },
    from: "an SVD in WebAssembly and one thread against LAPACK on all cores: at most four times as long",
  },
  {
    ...{
      suite: "numerics",
      row: /^(?!.*(against its bytes|near square|collinear|by reference)).*\dx\d/,
      of: "ratio",
      at: "least",
      bound: 1,
    },
    from: "over the socket no slower than scikit-learn in one's own process",
    applies: (row, rows) => !bytesTakeLonger(row, rows),
  },
  {
    ...{ suite: "numerics", row: /^(?!pca 100000).*by reference$/, of: "ratio", at: "least", bound: 1 },
    from: "with its rows in the gateway's memory no slower than scikit-learn with them in one's own process",
  },
  {
    ...{ suite: "numerics", row: /^pca 100000.*by reference$/, of: "ratio", at: "least", bound: 0.8 },
    from: "one product of 100,000 rows in WebAssembly and one thread, against BLAS on all cores",
  },
  {
    ...{ suite: "datasets", row: /^put of 12.8 MB$/, of: "ratio", at: "least", bound: 1 / 1.5 },
    from: "one and a half echoes of its bytes: it is hashed, copied once and on disk when it is answered",
  },
  {
    ...{ suite: "datasets", row: /^append of a row/, of: "ratio", at: "least", bound: 1 },
    from: "a day more costs less than all days again",
  },
  {
    ...{ suite: "datasets", row: /all three, by reference$/, of: "ratio", at: "least", bound: 2 },
    from: "a rolling job takes half of what it takes in one's own process, by any number of workers",
  },
  {
    ...{ suite: "training", row: /trainer warm$/, of: "ratio", at: "least", bound: 1 / 1.2 },
    from: "who trains at the gateway waits no longer than a fifth more than with scikit-learn in one's own process",
  },
  {
    ...{ suite: "training", row: /^walk forward of/, of: "ratio", at: "least", bound: 1 },
    from: "a backtest in one request takes no longer than a loop over scikit-learn on the same cores",
  },
  {
    ...{ suite: "training", row: /^resident memory of the process/, of: "value", at: "most", bound: 100 },
    from: "a container that backtests at the gateway holds its rows and its client",
  },
  {
    ...{ suite: "training", row: /to the first served answer$/, of: "value", at: "most", bound: 2_000 },
    from: "a fitted model serves a moment later, although the gate proves it once more",
  },
  {
    ...{ suite: "numerics", row: /against its bytes$/, of: "ratio", at: "least", bound: 1 / 1.5 },
    from: "where moving the bytes alone takes longer than scikit-learn: one and a half echoes of them",
    applies: (row, rows) => bytesTakeLonger(row, rows),
  },
];

const bytesRow = ", against its bytes";

/** Whether an echo of a fit's bytes takes longer than scikit-learn takes with the same bytes in memory. */
function bytesTakeLonger({ name }: ReportRow, rows: readonly ReportRow[]): boolean {
  const fit = name.endsWith(bytesRow) ? name.slice(0, -bytesRow.length) : name;
  const peerOf = (wanted: string) => rows.find((row) => row.name === wanted)?.peer_value ?? null;
  const [theirs, echo] = [peerOf(fit), peerOf(`${fit}${bytesRow}`)];
  return theirs !== null && echo !== null && echo > theirs;
}
