/** The learning curve of a training as columns for a chart, and what it tells in words. Pure. */
import type { CurvePoint } from "../../protocol/train-frames.js";

type CurveColumn = readonly (number | null)[];

export interface CurveFigure {
  readonly iterations: readonly number[];
  readonly losses: CurveColumn;
  readonly scores: CurveColumn;
  /** What else the trainer told, by name. */
  readonly figures: readonly { readonly name: string; readonly values: CurveColumn }[];
  /** What the picture shows, for who does not see it. */
  readonly summary: string;
}

/** Undefined where no library told a loss or a score. */
export function learningCurve(points: readonly CurvePoint[]): CurveFigure | undefined {
  const told = points.filter(
    ({ loss, score, figures }) => loss !== null || score !== null || figures !== undefined,
  );
  if (told.length === 0) return undefined;
  // A training that began again counts its iterations anew: the later point of two with one number stays.
  const byIteration = new Map(told.map((point) => [point.iteration, point]));
  const sorted = [...byIteration.values()].sort((a, b) => a.iteration - b.iteration);
  const losses = sorted.map(({ loss }) => loss);
  const scores = sorted.map(({ score }) => score);
  const names = [...new Set(sorted.flatMap((point) => Object.keys(point.figures ?? {})))];
  const figures = names.map((name) => ({
    name,
    values: sorted.map((point) => point.figures?.[name] ?? null),
  }));
  const changes = figures.map(({ name, values }) => changeText(name, values));
  return {
    iterations: sorted.map(({ iteration }) => iteration),
    losses,
    scores,
    figures,
    summary: [changeText("loss", losses), changeText("score", scores), ...changes].filter(Boolean).join(", "),
  };
}

function changeText(name: string, column: CurveColumn): string {
  const known = column.filter((value) => value !== null);
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return "";
  return known.length === 1 ? `${name} ${short(last)}` : `${name} from ${short(first)} to ${short(last)}`;
}

function short(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
