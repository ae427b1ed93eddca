/**
 * Backtests: a walk forward in one request against a plain loop over scikit-learn in a process of its own, on the same
 * cores. Both sides are Python processes with the same rows; they take turns, and their predictions must be equal.
 */
import { startGateway } from "../harness/gateway.js";
import { howToGetPython, PythonPeer } from "../harness/python.js";
import { cost, median, type ReportRow } from "../report.js";

/** Each costs a second of two cores and more; the figures for 200 are measured with `--folds 200`. */
export const foldsByDefault = 20;
/** Of many folds one round: of 200 both sides take five minutes each. */
const roundsOf = (folds: number) => (folds > 50 ? 1 : 3);

export async function walked(folds: number, say: (line: string) => void): Promise<readonly ReportRow[]> {
  // The defaults but for the niceness: a backtest has all cores, as the loop has, and would give way to it.
  const gateway = await startGateway({ models: null, config: { training: { nice: 0 } } });
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
  const memory = { ours: 0, theirs: 0 };
  for (let round = -1; round < roundsOf(folds); round++) {
    // The first round is for both sides to import what they need.
    const ask = { seed: round + 1, folds: round < 0 ? 2 : folds };
    const [here, there] = [await ours.ask(ask), await theirs.ask(ask)];
    if (here["sum"] !== there["sum"])
      throw new Error(`the predictions differ: ${here["sum"]}, ${there["sum"]}`);
    memory.ours = Number(here["memory_mb"]);
    memory.theirs = Number(there["memory_mb"]);
    if (round < 0) continue;
    times.ours.push(Number(here["ms"]));
    times.theirs.push(Number(there["ms"]));
    say(
      `  walk forward: ${times.ours.at(-1)?.toFixed(0)} ms, a loop ${times.theirs.at(-1)?.toFixed(0)} ms, load ${Number(there["load"]).toFixed(1)}`,
    );
  }
  const loop = "a loop over scikit-learn, each fit by all cores";
  return [
    cost(nameOf(folds), "ms", median(times.ours), loop, median(times.theirs)),
    cost(
      "resident memory of the process that asks for it",
      "MB",
      memory.ours,
      "of the loop's",
      memory.theirs,
    ),
  ];
}
