/** Answers requests for key sets in a test's process, without a network, and counts them. */
import type { Fetch } from "../../gateway/auth/jwt/key-set-source.js";

export class KeySetServer {
  /** The addresses that were asked, in order. */
  readonly asked: string[] = [];
  private readonly answers = new Map<string, (signal: AbortSignal) => Response | Promise<Response>>();

  /** From now on this address answers with this text. */
  publish(uri: string, text: string): void {
    this.answer(uri, () => new Response(text));
  }

  answer(uri: string, answer: (signal: AbortSignal) => Response | Promise<Response>): void {
    this.answers.set(uri, answer);
  }

  /** From now on nobody answers at this address. */
  vanish(uri: string): void {
    this.answers.delete(uri);
  }

  readonly fetch: Fetch = async (uri, { signal }) => {
    this.asked.push(uri);
    const answer = this.answers.get(uri);
    if (answer === undefined) throw new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") });
    return answer(signal ?? new AbortController().signal);
  };
}

/** An answer that never comes: it fails when the caller gives up. */
export function silence(signal: AbortSignal): Promise<Response> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
