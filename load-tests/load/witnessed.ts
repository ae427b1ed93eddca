/**
 * Counts whether each request of the witness groups had exactly one terminal frame, and whether each error was
 * complete.
 */
import type { GroupResult } from "./group-result.js";

export interface WitnessResult {
  readonly asked: number;
  /**
   * Requests with exactly one terminal frame that was the right result, or an error that says whether the request may
   * have run.
   */
  readonly endedOnce: number;
  readonly unanswered: number;
  /** Terminal frames beyond the first, or for an id that was never sent. */
  readonly doubled: number;
  readonly wrong: number;
  /** Errors without a code, without a message, or without the statement whether the request may have run. */
  readonly vague: number;
}

/** Undefined when the scenario has no witness group. */
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
