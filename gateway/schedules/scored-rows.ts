/** What a trainer's models are scored by, and the tensors that are scored. */
import { HeadgateError, invalidArgument } from "../../protocol/errors.js";
import type { ScheduleSettings, ScoreName } from "../../protocol/schedule-frames.js";
import type { Tensor } from "../../protocol/tensor.js";
import type { Predictions, Targets } from "./scores.js";

const ofClassifiers: readonly ScoreName[] = ["accuracy", "log_loss"];

/**
 * @param answersOf the names of what a trainer's models answer
 * @returns undefined where nothing is scored
 * @throws HeadgateError invalid_argument for a score that the trainer's models do not have
 */
export function scoreOfSettings(
  settings: Pick<ScheduleSettings, "trainer" | "parameters" | "validation">,
  answersOf: (trainer: string) => readonly string[],
): ScoreName | undefined {
  const { validation, trainer } = settings;
  if (validation === undefined) return undefined;
  const last = lastTrainer(settings);
  const answers = answersOf(last);
  const isClassifier = answers.includes("labels");
  const score = validation.score ?? (isClassifier ? "accuracy" : "r2");
  if (ofClassifiers.includes(score) !== isClassifier)
    throw invalidArgument(
      "validation.score",
      `${score} is a score of ${isClassifier ? "regressors" : "classifiers"}, and ${last} is none`,
    );
  if (score === "log_loss" && !answers.includes("probabilities"))
    throw invalidArgument("validation.score", `${trainer} answers no probabilities: use accuracy`);
  return score;
}

/** The trainer itself, or the estimator of a pipeline. */
function lastTrainer({ trainer, parameters }: Pick<ScheduleSettings, "trainer" | "parameters">): string {
  const estimator = trainer === "pipeline" ? parameters?.["estimator"] : undefined;
  const named = isMap(estimator) ? estimator["trainer"] : undefined;
  return typeof named === "string" ? named : trainer;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Elements of a tensor whose first dimension is rows. */
export interface RowElements {
  /** Elements of each row. */
  readonly width: number;
  readonly elements: readonly (number | bigint | string)[];
}

export function elementsOf({ shape, data }: Tensor): RowElements {
  const width = shape.slice(1).reduce((product, each) => product * each, 1);
  return { width, elements: [...data] };
}

export function rowsOf({ width, elements }: RowElements, from: number, to: number): RowElements {
  return { width, elements: elements.slice(from * width, to * width) };
}

export function joined(parts: readonly RowElements[]): RowElements {
  return { width: parts[0]?.width ?? 1, elements: parts.flatMap(({ elements }) => elements) };
}

/** Classes are compared as text: 1 is one class, whether it comes as an integer or as a number. */
export function targetsOf({ elements }: RowElements): Targets {
  return { labels: elements.map(String), values: elements.map(Number) };
}

/**
 * @param answers labels, values, or the probabilities of each row
 * @param classes of the columns of probabilities; null where they are not known
 */
export function predictionsOf(
  score: ScoreName,
  { width, elements }: RowElements,
  classes: readonly string[] | null,
): Predictions {
  if (score === "accuracy") return { labels: elements.map(String) };
  if (score !== "log_loss") return { values: elements.map(Number) };
  if (classes?.length !== width)
    throw new HeadgateError("failed_precondition", "the classes of its probabilities are not known");
  const numbers = elements.map(Number);
  const rows = Array.from({ length: numbers.length / width }, (_, i) =>
    numbers.slice(i * width, (i + 1) * width),
  );
  return { probabilities: { classes, rows } };
}

/** The output of a served version that is scored. */
export function outputOf(score: ScoreName): "labels" | "probabilities" | "predictions" {
  if (score === "accuracy") return "labels";
  return score === "log_loss" ? "probabilities" : "predictions";
}
