/** Work that a test ends, which counts how often it was cancelled. */
import type { PendingAnswer } from "../../gateway/waiting/pending-answer.js";
import { HeadgateError } from "../../protocol/errors.js";

export class ScriptedWork implements PendingAnswer<string> {
  cancels = 0;
  resolve: (answer: string) => void = () => {};
  reject: (error: Error) => void = () => {};
  readonly answer = new Promise<string>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor() {
    this.answer.catch(() => {}); // prevents an unhandled rejection when a test does not use the answer
  }

  cancel(): void {
    this.cancels++;
    this.reject(new HeadgateError("cancelled", "the work was stopped", { processed: "maybe" }));
  }
}

/** The outcome of a promise in words: one entry, or none while it is pending. */
export function outcomesOf(answer: Promise<string>): string[] {
  const outcomes: string[] = [];
  answer.then(
    (value) => outcomes.push(value),
    (error: unknown) =>
      outcomes.push(error instanceof HeadgateError ? `${error.code} ${error.processed}` : String(error)),
  );
  return outcomes;
}
