/** Scores a candidate and the champion on the same rows, and says what becomes of the candidate. */
import { HeadgateError } from "../../protocol/errors.js";
import type { DatasetReference } from "../../protocol/reference.js";
import type { RetrainDecision, RetrainValidation, ScoreName } from "../../protocol/schedule-frames.js";
import { fromWire } from "../../protocol/tensor.js";
import { answersOf, championOf } from "./champion.js";
import { choose } from "./choose.js";
import { type ComparedRows, comparedRows } from "./held-out.js";
import { pinnedInputs } from "./pinned-inputs.js";
import type { RetrainingParts } from "./retraining-parts.js";
import { jobName, principalOf, type Retraining, type ScheduleRecord } from "./schedule-record.js";
import { elementsOf, outputOf, predictionsOf, rowsOf, scoreOfSettings, targetsOf } from "./scored-rows.js";
import { scoreOf, type Targets } from "./scores.js";

interface Comparison {
  readonly score: ScoreName;
  readonly rows: ComparedRows;
  readonly X: DatasetReference;
  readonly targets: Targets;
}

interface ChampionScore {
  /** Undefined where it has none. */
  readonly value: number | undefined;
  readonly message: string | null;
}

/**
 * @param retraining whose candidate is published
 * @throws HeadgateError where what the candidate predicted, or the rows, are not there any more
 */
export async function decisionOn(
  parts: RetrainingParts,
  record: ScheduleRecord,
  retraining: Retraining & { readonly version: string },
): Promise<RetrainDecision> {
  const { settings } = record;
  const champion = championOf(parts.catalog, settings.model, retraining.version);
  const { validation, promote: rule = "if_not_worse", tolerance = 0 } = settings;
  const comparison = validation && (await compare(parts, record, retraining, validation, champion));
  const candidate = comparison && (await candidateScore(parts, record, retraining, comparison));
  const scored =
    comparison && champion !== undefined
      ? await championScore(parts, record, comparison, champion)
      : { value: undefined, message: null };
  const score = comparison?.score;
  const hasChampion = champion !== undefined;
  const choice = choose({ rule, tolerance, score, candidate, hasChampion, champion: scored.value });
  return {
    ts: parts.clock.wall(),
    version: retraining.version,
    ...choice,
    score: score ?? null,
    candidate: finite(candidate),
    champion: champion ?? null,
    champion_score: finite(scored.value),
    rows: comparison === undefined ? null : [comparison.rows.from, comparison.rows.to],
    champion_trained_on: comparison && hasChampion ? comparison.rows.trainedOn : null,
    message: scored.message,
  };
}

async function compare(
  parts: RetrainingParts,
  record: ScheduleRecord,
  { rows }: Retraining,
  validation: RetrainValidation,
  champion: string | undefined,
): Promise<Comparison> {
  const { settings, published, principal } = record;
  const score = scoreOfSettings(settings, parts.answersOf) as ScoreName; // there is a validation
  const known = published.find(({ version }) => version === champion);
  const compared: ComparedRows =
    champion === undefined
      ? { from: rows.to - validation.rows, to: rows.to, trainedOn: "none" }
      : comparedRows(rows, validation, known);
  const { references } = pinnedInputs(parts.datasets, principal.namespace, settings.inputs, rows);
  const { X, y } = references;
  if (X === undefined || y === undefined)
    throw new HeadgateError("invalid_argument", "inputs: X or y is missing");
  const reference = { ...y, rows: [compared.from, compared.to] as const };
  const tensor = await parts.datasets.resolve(principal.namespace, reference, "inputs.y").read();
  return { score, rows: compared, X, targets: targetsOf(elementsOf(fromWire(tensor))) };
}

/** From the predictions of the fits that were not trained on these rows. */
async function candidateScore(
  parts: RetrainingParts,
  record: ScheduleRecord,
  { rows }: Retraining,
  { score, rows: compared, targets }: Comparison,
): Promise<number> {
  const job = jobName(record, "evaluate");
  const outputs = await parts.jobs.outputs(record.principal.namespace, job);
  const predictions = outputs?.["predictions"];
  if (predictions === undefined)
    throw new HeadgateError(
      "failed_precondition",
      `the predictions of the job ${job} are not kept: training.result_bytes bounds them`,
    );
  const held = rowsOf(elementsOf(predictions), compared.from - rows.from, compared.to - rows.from);
  const classes = outputs?.["classes"];
  const names = classes === undefined ? null : Array.from(classes.data, String);
  return scoreOf(score, predictionsOf(score, held, names), targets);
}

async function championScore(
  parts: RetrainingParts,
  record: ScheduleRecord,
  { score, rows: { from, to }, X, targets }: Comparison,
  version: string,
): Promise<ChampionScore> {
  const { settings, published } = record;
  try {
    const asked = { model: settings.model, version, output: outputOf(score) };
    const known = published.find((each) => each.version === version);
    requireSameFeatures(known?.X, X);
    const answers = await answersOf(parts, asked, { reference: X, from, to }, principalOf(record));
    return {
      value: scoreOf(score, predictionsOf(score, answers, known?.classes ?? null), targets),
      message: null,
    };
  } catch (error) {
    // A gateway that is too busy asks again.
    if (!(error instanceof HeadgateError) || error.code === "resource_exhausted") throw error;
    return {
      value: undefined,
      message: `the champion, version ${version}, was not scored: ${error.message}`,
    };
  }
}

/**
 * A champion that an earlier schedule of this name published may have been trained on as many other columns: it would
 * answer them, and its score would be of nothing.
 * @throws HeadgateError failed_precondition where they are others
 */
function requireSameFeatures(known: DatasetReference | undefined, own: DatasetReference): void {
  if (known === undefined) return;
  // Names in a list say what the features are, whatever dataset they are of.
  const isNamed = Array.isArray(own.columns) || known.ref === own.ref;
  if (isNamed && JSON.stringify(known.columns) === JSON.stringify(own.columns)) return;
  throw new HeadgateError(
    "failed_precondition",
    `it was trained on ${columnsText(known)}, and the schedule has ${columnsText(own)}: promote a version by hand`,
  );
}

function columnsText({ ref, columns }: DatasetReference): string {
  const names = columns === undefined ? "all columns" : `the columns ${[columns].flat().join(", ")}`;
  return `${names.length > 200 ? `${names.slice(0, 200)}…` : names} of ${ref}`;
}

/** Why, for the record of the promotion. */
export function reasonText(schedule: string, decision: RetrainDecision): string {
  const { reason, score, candidate, champion, champion_score: other, rows } = decision;
  const scores =
    score === null || rows === null
      ? ""
      : `; ${score} ${shown(candidate)} on the rows ${rows[0]} to ${rows[1] - 1}` +
        (champion === null ? "" : `, version ${champion} ${shown(other)}`);
  return `${schedule}: ${words[reason] ?? reason}${scores}`;
}

const words: Readonly<Record<string, string>> = {
  first_version: "the first version",
  not_worse: "not worse than the champion",
  always: "promoted without a comparison",
};

function shown(score: number | null): string {
  return score === null ? "none" : String(Number(score.toPrecision(6)));
}

function finite(score: number | undefined): number | null {
  return score !== undefined && Number.isFinite(score) ? score : null;
}
