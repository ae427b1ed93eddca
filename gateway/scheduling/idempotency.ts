/**
 * Answers kept under a client's key, so that a repeat runs nothing. Bounded in number and time. A
 * failure is not kept: a repeat is sent to get an answer, and its key says that running twice is safe.
 */
import { createHash } from "node:crypto";
import { HeadgateError } from "../../protocol/errors.js";
import type { Infer } from "../../protocol/frames.js";
import type { Clock } from "../clock.js";

interface Kept<T> {
  readonly fingerprint: string;
  readonly answer: Promise<T>;
  readonly until: number;
}

export class Idempotency<T> {
  /** In the order they came, so that the oldest is the first. */
  private readonly kept = new Map<string, Kept<T>>();

  constructor(
    private readonly clock: Clock,
    private readonly windowMs: number,
    private readonly answersMax: number,
  ) {}

  /**
   * The answer given under this key before, or undefined.
   * @throws HeadgateError failed_precondition when the key was used for another request
   */
  known(namespace: string, frame: Infer & { readonly key: string }): Promise<T> | undefined {
    this.forgetOld();
    const kept = this.kept.get(keyOf(namespace, frame.key));
    if (kept !== undefined && kept.fingerprint !== fingerprint(frame))
      throw new HeadgateError("failed_precondition", "key: it was used for another request; use a key once");
    return kept?.answer;
  }

  keep(namespace: string, frame: Infer & { readonly key: string }, answer: Promise<T>): void {
    const key = keyOf(namespace, frame.key);
    const kept = { fingerprint: fingerprint(frame), answer, until: this.clock.now() + this.windowMs };
    this.kept.set(key, kept);
    answer.catch(() => {
      if (this.kept.get(key) === kept) this.kept.delete(key);
    });
  }

  private forgetOld(): void {
    const now = this.clock.now();
    for (const [key, { until }] of this.kept) {
      if (until > now && this.kept.size < this.answersMax) return;
      this.kept.delete(key);
    }
  }
}

function keyOf(namespace: string, key: string): string {
  return `${namespace}\u0000${key}`;
}

/** What makes two requests the same: everything but the id and the time they have. */
function fingerprint({ model, version, inputs, parameters, outputs }: Infer): string {
  const hash = createHash("sha256").update(JSON.stringify([model, version, parameters, outputs]));
  for (const [name, { datatype, shape, data }] of Object.entries(inputs)) {
    hash.update(JSON.stringify([name, datatype, shape]));
    hash.update(data instanceof Uint8Array ? data : JSON.stringify(data));
  }
  return hash.digest("base64");
}
