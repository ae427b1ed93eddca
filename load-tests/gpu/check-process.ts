/**
 * Runs `engine-side.ts` in a process of its own and sends it one question at a time, each with a time limit. A driver
 * that hangs or crashes costs only that one answer: the process is ended, the reason is returned, and the next
 * question starts a new process.
 */
import { type ChildProcess, fork } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { inRepository } from "../harness/places.js";
import type { CheckAnswers, CheckQuestion } from "./questions.js";

export type ProcessAnswer<A> =
  | { readonly ok: true; readonly answer: A }
  /**
   * `why` is a sentence for people. It includes the end of the process's output, where libraries name what is
   * missing.
   */
  | { readonly ok: false; readonly why: string };

/** The largest number of characters of the process's output that a reason includes. */
const printedMax = 1_500;

/** The message that the process sends back. */
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
      // The callback is empty because the `exit` event reports a process that has gone.
      child.send(question, () => {});
    });
    child.removeAllListeners();
    if (told.ok) return told;
    // The process is ended after a failure: the device may be in any state, and a process that hangs could send its
    // answer to a later question.
    await new Promise((resolve) => setTimeout(resolve, 50)); // The last lines of its output may still be in the pipe
    this.stop();
    const printed = stripVTControlCharacters(this.printed).trim();
    return { ok: false, why: printed === "" ? told.why : `${told.why}; it printed: ${printed}` };
  }

  /** Does not wait for the process's end: a process that hangs in a driver survives even SIGKILL. */
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
