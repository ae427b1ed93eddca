/** Work in a test's hand, which counts how often it was cancelled. */
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
    this.answer.catch(() => {}); // nobody may ever listen
  }

  cancel(): void {
    this.cancels++;
    this.reject(new HeadgateError("cancelled", "the work was stopped", { processed: "maybe" }));
  }
}

/** Every outcome that a promise came to, in words: one, or none yet. */
export function outcomesOf(answer: Promise<string>): string[] {
  const outcomes: string[] = [];
  answer.then(
    (value) => outcomes.push(value),
    (error: unknown) =>
      outcomes.push(error instanceof HeadgateError ? `${error.code} ${error.processed}` : String(error)),
  );
  return outcomes;
}
