/** How fast a kept model predicts: single rows of many requests, which the gateway gathers, and batches. */
import type { FrameClient } from "../harness/frame-client.js";
import { cost, median, type ReportRow, rate } from "../report.js";
import { forestTable, inputsOf } from "./training-data.js";

const model = "random_forest_regressor.apply";
const requests = 2_000;
const inFlight = 64;
const batch = 256;
const batches = 20;

export async function applied(
  frames: FrameClient,
  handle: string,
  say: (line: string) => void,
): Promise<ReportRow[]> {
  const table = forestTable(300);
  const ask = (rows: number) => {
    const { X } = inputsOf(table, rows);
    return frames.infer({ model, inputs: { X }, parameters: { handle } });
  };
  const began = performance.now();
  await ask(1);
  const first = performance.now() - began;
  const perSecond = await rateOf(() => ask(1));
  const times: number[] = [];
  for (let i = 0; i < batches; i++) {
    const from = performance.now();
    await ask(batch);
    times.push(performance.now() - from);
  }
  say(
    `  apply: first answer after ${first.toFixed(0)} ms, ${perSecond.toFixed(0)} a second with ${inFlight} in flight, ${median(times).toFixed(1)} ms for ${batch} rows`,
  );
  return [
    cost("a predict right after the fit waits for conversion and proof", "ms", first, null, null),
    rate(`predictions of a kept forest, ${inFlight} in flight of a row each`, "1/s", perSecond, null, null),
    cost(`a prediction of ${batch} rows of a kept forest`, "ms", median(times), null, null),
  ];
}

async function rateOf(ask: () => Promise<unknown>): Promise<number> {
  let left = requests;
  const began = performance.now();
  const lane = async () => {
    while (left-- > 0) await ask();
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return requests / ((performance.now() - began) / 1_000);
}
