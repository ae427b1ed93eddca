/**
 * `engine-side.ts` in a process of its own, asked one question at a time, each with a limit. A driver that hangs or
 * crashes costs that one answer: the process is ended, the reason told, and the next question starts another.
 */
import { type ChildProcess, fork } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { inRepository } from "../harness/places.js";
import type { CheckAnswers, CheckQuestion } from "./questions.js";

export type ProcessAnswer<A> =
  | { readonly ok: true; readonly answer: A }
  /** For people; with the end of what the process printed, where libraries name what they miss. */
  | { readonly ok: false; readonly why: string };

/** Characters of what it printed that are kept for a reason. */
const printedMax = 1_500;

/** What the process sends back. */
export type ProcessReply = { readonly answer: unknown } | { readonly error: string };

export class CheckProcess {
  private child: ChildProcess | undefined;
  private printed = "";

  constructor(private readonly program = inRepository("dist/load-tests/gpu/engine-side.js")) {}

  async ask<K extends CheckQuestion["kind"]>(
    question: Extract<CheckQuestion, { readonly kind: K }>,
    limitMs: number,
  ): Promise<ProcessAnswer<CheckAnswers[K]>> {
    const child = this.started();
    this.printed = "";
    const told = await new Promise<ProcessAnswer<CheckAnswers[K]>>((resolve) => {
      const late = `no answer within ${limitMs / 1_000} s`;
      const timer = setTimeout(() => resolve({ ok: false, why: late }), limitMs);
      child.once("message", (reply: ProcessReply) => {
        clearTimeout(timer);
        resolve(
          "answer" in reply
            ? { ok: true, answer: reply.answer as CheckAnswers[K] }
            : { ok: false, why: reply.error },
        );
      });
      child.once("exit", (code, signal) => {
        clearTimeout(timer);
        resolve({ ok: false, why: `the process ended with ${signal ?? code}` });
      });
      child.once("error", (error) => {
        clearTimeout(timer);
        resolve({ ok: false, why: error.message });
      });
      child.send(question, () => {}); // that it has gone is told by its exit
    });
    child.removeAllListeners();
    if (told.ok) return told;
    // What failed may have left the device in any state, and what hangs would answer a later question.
    await new Promise((resolve) => setTimeout(resolve, 50)); // its last words are still on their way
    this.stop();
    const printed = stripVTControlCharacters(this.printed).trim();
    return { ok: false, why: printed === "" ? told.why : `${told.why}; it printed: ${printed}` };
  }

  /** Not waited for: a process that hangs in a driver does not end even so. */
  stop(): void {
    this.child?.removeAllListeners();
    this.child?.kill("SIGKILL");
    this.child?.stderr?.destroy();
    this.child?.unref();
    this.child = undefined;
  }

  private started(): ChildProcess {
    if (this.child?.connected) return this.child;
    const child = fork(this.program, [], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.printed = `${this.printed}${text}`.slice(-printedMax);
    });
    this.child = child;
    return child;
  }
}
