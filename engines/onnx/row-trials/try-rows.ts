/** Compares each row's answer computed alone with its answer computed in a batch, on the session that will serve. */
import { gather, scatter } from "../../batch.js";
import type { Tensors } from "../../engine.js";
import { type Magnitudes, magnitudesOf, rowDeviation } from "./row-deviation.js";
import { bytesOf, fineBatches, type RowTensors, type TrialRow, trialBatches } from "./rows.js";

export interface TrialResult {
  /** The number of batches that were tried. */
  readonly tried: number;
  /** Whether every answer in a batch was equal, bit by bit, to the answer of the row alone. */
  readonly exact: boolean;
  /** The largest difference from a row's answer alone, relative to its largest number. */
  readonly worst: number;
  /** The tolerated difference. */
  readonly within: number;
  /** Why rows must not be computed together; undefined when all trials agreed. */
  readonly against?: string;
}

export type InferenceFunction = (inputs: Tensors) => Promise<Tensors>;

/**
 * Tolerances relative to the largest number of the row's answer: kernels add in another order when a batch has more
 * rows.
 */
export const tolerance = { full: 1e-4, half: 1e-2 } as const;

/** Milliseconds after which no further batch is tried: a large model takes seconds for one. */
const trialMsMax = 2_000;
/** Number of batches that are tried even when they take longer. */
const triedMin = 2;

export interface TrialOptions {
  readonly rowsMax: number;
  readonly now?: () => number;
}

export async function tryRows(
  rows: readonly TrialRow[],
  run: InferenceFunction,
  options: TrialOptions,
): Promise<TrialResult> {
  const { rowsMax, now = () => performance.now() } = options;
  const started = now();
  const given = rows.filter((each) => each.given).length;
  const coarse = rows.filter((each) => !each.fine).length;
  const single = new SingleRowAnswers(rows, run);
  const bytes = rows.reduce((most, { row }) => Math.max(most, bytesOf(row)), 0);
  const found = { tried: 0, exact: true, worst: 0, within: tolerance.full as number };
  const fail = (against: string): TrialResult => ({ ...found, exact: false, against });
  const ordinary = trialBatches(coarse, rowsMax, bytes, given);
  for (const batch of [...ordinary, ...fineBatches(coarse, rows.length, rowsMax)]) {
    if (found.tried >= triedMin && now() - started > trialMsMax) break;
    // The remaining rows can only show inexactness, which was already found.
    if (!found.exact && rows[batch[0] as number]?.fine) break;
    const known = await single.known(batch);
    if (known.length < 2) continue;
    const outcome = await compareInBatch(known, rows, run, await single.magnitudes(given));
    found.tried++;
    if (typeof outcome === "string") return fail(outcome);
    found.exact &&= outcome.equal;
    found.worst = Math.max(found.worst, outcome.error);
    found.within = outcome.tolerance;
    if (found.worst > found.within)
      return fail(
        `in a batch of ${known.length} rows the answer of one differs from its answer alone by ${found.worst.toPrecision(2)} of its largest number`,
      );
  }
  return found.tried > 0 ? found : fail("its golden inputs could not be tried in a batch");
}

interface RowAnswer {
  /** The row's index. */
  readonly at: number;
  readonly answer: RowTensors;
}

/** The answers of rows computed alone, each computed once, on demand. */
class SingleRowAnswers {
  private readonly answers = new Map<number, RowTensors | undefined>();
  private typical: Magnitudes | undefined;

  constructor(
    private readonly rows: readonly TrialRow[],
    private readonly run: InferenceFunction,
  ) {}

  /** The rows of a batch that the model accepts, with their answers. */
  async known(batch: readonly number[]): Promise<RowAnswer[]> {
    const known: RowAnswer[] = [];
    for (const at of batch) {
      const answer = await this.of(at);
      if (answer !== undefined) known.push({ at, answer });
    }
    return known;
  }

  /** Undefined for a row that the model rejects: a derived row may be outside of the values that it accepts. */
  private async of(at: number): Promise<RowTensors | undefined> {
    if (!this.answers.has(at)) {
      const { row } = this.rows[at] as TrialRow;
      const answer = await this.run(gather([row])).catch(() => undefined);
      this.answers.set(at, answer && scatter(answer, [1])[0]);
    }
    return this.answers.get(at);
  }

  async magnitudes(given: number): Promise<Magnitudes> {
    if (this.typical !== undefined) return this.typical;
    const answers: RowTensors[] = [];
    for (let at = 0; at < given; at++) {
      const answer = await this.of(at);
      if (answer !== undefined) answers.push(answer);
    }
    this.typical = magnitudesOf(answers);
    return this.typical;
  }
}

async function compareInBatch(
  known: readonly RowAnswer[],
  rows: readonly TrialRow[],
  run: InferenceFunction,
  magnitudes: Magnitudes,
) {
  const batched = await run(gather(known.map(({ at }) => (rows[at] as TrialRow).row))).catch(() => undefined);
  const count = known.length;
  if (batched === undefined) return `it answers one row, but not ${count}`;
  for (const [name, { shape }] of Object.entries(batched))
    if (shape[0] !== count) return `output ${name} has shape [${shape}] for ${count} rows`;
  const shares = scatter(batched, new Array<number>(count).fill(1));
  let equal = true;
  let error = 0;
  known.forEach(({ answer }, i) => {
    const close = rowDeviation(answer, shares[i] ?? {}, magnitudes);
    equal &&= close.equal;
    error = Math.max(error, close.error);
  });
  const half = Object.values(batched).some(({ datatype }) => datatype === "FP16");
  return { equal, error, tolerance: half ? tolerance.half : tolerance.full };
}
