/**
 * Backtests: a walk forward in one request against a plain loop over scikit-learn in a process of its own, on the same
 * cores. Both sides are Python processes with the same rows; they take turns, and their predictions must be equal.
 */
import { availableParallelism } from "node:os";
import { startGateway } from "../harness/gateway.js";
import { howToGetPython, PythonPeer } from "../harness/python.js";
import { cost, median, type ReportRow } from "../report.js";

/** Each costs a second of two cores and more; the figures for 200 are measured with `--folds 200`. */
export const foldsByDefault = 20;
const rounds = 3;
const megabyte = 1_000_000;

export async function walked(folds: number, say: (line: string) => void): Promise<readonly ReportRow[]> {
  // Both sides may have all cores, at the same niceness; by default a training has half of them, and gives way.
  const training = { nice: 0, processes: 1, threads: availableParallelism() };
  const gateway = await startGateway({ models: null, config: { training } });
  const ours = await PythonPeer.start("walk_process.py", { args: [`ws://127.0.0.1:${gateway.port}/v1`] });
  const theirs = await PythonPeer.start("walk_process.py");
  try {
    if (ours === undefined || theirs === undefined)
      return [cost(nameOf(folds), "ms", null, `no scikit-learn: ${howToGetPython}`, null)];
    return await compared(ours, theirs, folds, say);
  } finally {
    ours?.stop();
    theirs?.stop();
    await gateway.stop();
  }
}

const nameOf = (folds: number) => `walk forward of ${folds} forests of 100 trees, each on 2500x20`;

async function compared(
  ours: PythonPeer,
  theirs: PythonPeer,
  folds: number,
  say: (line: string) => void,
): Promise<readonly ReportRow[]> {
  const times = { ours: [] as number[], theirs: [] as number[] };
  const resident = { ours: 0, theirs: 0 };
  for (let round = -1; round < rounds; round++) {
    // The first round is for both sides to import what they need.
    const ask = { seed: round + 1, folds: round < 0 ? 2 : folds };
    const [here, there] = [await ours.ask(ask), await theirs.ask(ask)];
    if (here["sum"] !== there["sum"])
      throw new Error(`the predictions differ: ${here["sum"]}, ${there["sum"]}`);
    resident.ours = Number(here["resident"]);
    resident.theirs = Number(there["resident"]);
    if (round < 0) continue;
    times.ours.push(Number(here["ms"]));
    times.theirs.push(Number(there["ms"]));
    say(`  walk forward: ${times.ours.at(-1)?.toFixed(0)} ms, a loop ${times.theirs.at(-1)?.toFixed(0)} ms`);
  }
  const loop = "a loop over scikit-learn, each fit by all cores";
  const [mine, peers] = [resident.ours / megabyte, resident.theirs / megabyte];
  return [
    cost(nameOf(folds), "ms", median(times.ours), loop, median(times.theirs)),
    cost("resident memory of the process that asks for it", "MB", mine, "of the loop's", peers),
  ];
}
