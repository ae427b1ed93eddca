/** Runs a detector over rows as a stream does, and its fits as a worker would run them. */
import type { Detector, DetectorState, FitRequest, ModelClient } from "../../engines/detectors/detector.js";
import { whole } from "../../engines/pieces.js";
import type { Parameters } from "../../engines/servable.js";
import { validateParameters } from "../../engines/validate.js";
import { StreamHistory } from "../../gateway/regimes/history.js";
import type { WireTensors } from "../../protocol/frames.js";
import { fromWire, toWire } from "../../protocol/tensor.js";
import { runFit } from "../golden/golden.js";
import { shippedModels } from "./models.js";

export type Rows = readonly (readonly number[])[];

/** The probabilities after each row; undefined while the detector warms up. */
export type Followed = readonly (readonly number[] | undefined)[];

export interface Following {
  /** The rows after which the state is saved and a new detector continues from it. */
  readonly restartAfter?: ReadonlySet<number>;
  readonly fit?: (request: FitRequest) => Promise<WireTensors | undefined>;
  readonly models?: ModelClient;
  /** The number of rows that arrive together, for which a detector may call a model once. Default: 1. */
  readonly together?: number;
  /** The number of observations that are remembered. Default: the number that the detector needs. */
  readonly memory?: number;
  /** The time of the t-th row. Default: t. */
  readonly time?: (t: number) => number;
}

export async function follow(
  detector: Detector,
  given: Parameters,
  rows: Rows,
  {
    restartAfter = new Set(),
    fit: ask = workerFit,
    models = shippedModels,
    together = 1,
    memory,
    time = (t) => t,
  }: Following = {},
): Promise<Followed> {
  const parameters = completed(detector, given);
  const history = new StreamHistory(memory ?? detector.memory(parameters), rows[0]?.length ?? 1);
  let state: DetectorState = detector.start(parameters);
  const said: (readonly number[] | undefined)[] = [];
  let foreseen = 0;
  for (const [t, row] of rows.entries()) {
    const values = Float64Array.from(row);
    if (t >= foreseen || restartAfter.has(t - 1)) {
      const coming = rows.slice(t, t + together);
      const flat = Float64Array.from(coming.flat());
      await state.prefetch?.({ rows: flat, n: coming.length, d: row.length }, history, models);
      foreseen = t + coming.length;
    }
    history.push(time(t), values);
    stepped(state, values);
    const fitting = state.due(history);
    const due = fitting && whole(fitting);
    const outputs = due && (await ask(due));
    if (outputs !== undefined) whole(state.adopt(outputs));
    said.push(state.probabilities && [...state.probabilities]);
    if (restartAfter.has(t)) state = detector.restore(parameters, structuredClone(state.save()));
  }
  return said;
}

/** Runs one step to its end. */
export function stepped(state: DetectorState, row: Float64Array): void {
  const work = state.step(row);
  if (work !== undefined) whole(work);
}

export function completed(detector: Detector, given: Parameters): Parameters {
  const { name, parameters } = detector.signature;
  return validateParameters(name, parameters, given);
}

export async function workerFit({ model, inputs, parameters }: FitRequest): Promise<WireTensors> {
  const given = Object.entries(inputs).map(([name, tensor]) => [name, fromWire(tensor)] as const);
  const outputs = await runFit(model, Object.fromEntries(given), parameters);
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, toWire(tensor)]));
}
