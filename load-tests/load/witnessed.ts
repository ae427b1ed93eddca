/** Whether every request that was witnessed had exactly one end, and each error said all it must. */
import type { GroupResult } from "./group-result.js";

export interface WitnessResult {
  readonly asked: number;
  /** Requests with one terminal frame that was right, or an error that says whether it may have run. */
  readonly endedOnce: number;
  readonly unanswered: number;
  /** Terminal frames beyond the first, or of nothing that was asked. */
  readonly doubled: number;
  readonly wrong: number;
  /** Errors without a code, a message, or what became of the request. */
  readonly vague: number;
}

/** Undefined where nobody was a witness. */
export function witnessed(groups: readonly GroupResult[]): WitnessResult | undefined {
  const seen = groups.filter(({ kind }) => kind === "witness").map(({ summary }) => summary);
  if (seen.length === 0) return undefined;
  const sum = (...words: string[]) =>
    seen.reduce((total, { errors }) => total + words.reduce((all, word) => all + (errors[word] ?? 0), 0), 0);
  const asked = seen.reduce((total, summary) => total + summary.asked, 0);
  const [unanswered, wrong, vague] = [sum("unanswered"), sum("wrong"), sum("vague")];
  const doubled = sum("doubled", "never asked");
  return { asked, endedOnce: asked - unanswered - wrong - vague, unanswered, doubled, wrong, vague };
}

export function sentence({ asked, endedOnce, unanswered, doubled, wrong, vague }: WitnessResult): string {
  return (
    `${endedOnce} of ${asked} requests had one honest end; ${unanswered} had none, ` +
    `${doubled} terminal frames were one too many, ${wrong} answers were wrong, ${vague} errors did not say enough`
  );
}
