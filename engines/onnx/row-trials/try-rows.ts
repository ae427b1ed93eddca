/** Rows alone against the same rows in company, on the session that will serve. */
import { gather, scatter } from "../../batch.js";
import type { Tensors } from "../../engine.js";
import { type Magnitudes, magnitudesOf, rowDeviation } from "./row-deviation.js";
import { bytesOf, companies, fineCompanies, type RowTensors, type TrialRow } from "./rows.js";

export interface TrialResult {
  /** Companies that were tried. */
  readonly tried: number;
  /** Every answer was bit by bit what the row alone is answered. */
  readonly exact: boolean;
  /** The largest difference from the row alone, relative to the row's largest answer. */
  readonly worst: number;
  /** What it may differ by. */
  readonly within: number;
  /** Why rows must not be answered together; undefined when no trial speaks against it. */
  readonly against?: string;
}

export type InferenceFunction = (inputs: Tensors) => Promise<Tensors>;

/** Relative to the largest number of the row's answer: kernels add in another order when there are more rows. */
export const tolerance = { full: 1e-4, half: 1e-2 } as const;

/** Milliseconds after which no further company is tried: a large model takes seconds for one. */
const trialMsMax = 2_000;
/** Companies that are tried however long they take. */
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
  const alone = new SingleRowAnswers(rows, run);
  const bytes = rows.reduce((most, { row }) => Math.max(most, bytesOf(row)), 0);
  const found = { tried: 0, exact: true, worst: 0, within: tolerance.full as number };
  const fail = (against: string): TrialResult => ({ ...found, exact: false, against });
  const ordinary = companies(coarse, rowsMax, bytes, given);
  for (const company of [...ordinary, ...fineCompanies(coarse, rows.length, rowsMax)]) {
    if (found.tried >= triedMin && now() - started > trialMsMax) break;
    if (!found.exact && rows[company[0] as number]?.fine) break; // they show what is known already
    const known = await alone.known(company);
    if (known.length < 2) continue;
    const outcome = await inCompany(known, rows, run, await alone.magnitudes(given));
    found.tried++;
    if (typeof outcome === "string") return fail(outcome);
    found.exact &&= outcome.equal;
    found.worst = Math.max(found.worst, outcome.error);
    found.within = outcome.tolerance;
    if (found.worst > found.within)
      return fail(
        `among ${known.length} rows one is answered otherwise than alone, by ${found.worst.toPrecision(2)} of its largest number`,
      );
  }
  return found.tried > 0 ? found : fail("its golden inputs could not be tried in company");
}

interface RowAnswer {
  /** Which row. */
  readonly at: number;
  readonly answer: RowTensors;
}

/** Answers of rows alone, each computed once, when it is first wanted. */
class SingleRowAnswers {
  private readonly answers = new Map<number, RowTensors | undefined>();
  private typical: Magnitudes | undefined;

  constructor(
    private readonly rows: readonly TrialRow[],
    private readonly run: InferenceFunction,
  ) {}

  /** Those of a company that the model takes, with their answers. */
  async known(company: readonly number[]): Promise<RowAnswer[]> {
    const known: RowAnswer[] = [];
    for (const at of company) {
      const answer = await this.of(at);
      if (answer !== undefined) known.push({ at, answer });
    }
    return known;
  }

  /** Undefined for a row that the model does not take: one that was made may be outside of what it knows. */
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

async function inCompany(
  known: readonly RowAnswer[],
  rows: readonly TrialRow[],
  run: InferenceFunction,
  magnitudes: Magnitudes,
) {
  const together = await run(gather(known.map(({ at }) => (rows[at] as TrialRow).row))).catch(
    () => undefined,
  );
  const count = known.length;
  if (together === undefined) return `it answers one row, but not ${count}`;
  for (const [name, { shape }] of Object.entries(together))
    if (shape[0] !== count) return `output ${name} has shape [${shape}] for ${count} rows`;
  const shares = scatter(together, new Array<number>(count).fill(1));
  let equal = true;
  let error = 0;
  known.forEach(({ answer }, i) => {
    const close = rowDeviation(answer, shares[i] ?? {}, magnitudes);
    equal &&= close.equal;
    error = Math.max(error, close.error);
  });
  const half = Object.values(together).some(({ datatype }) => datatype === "FP16");
  return { equal, error, tolerance: half ? tolerance.half : tolerance.full };
}
