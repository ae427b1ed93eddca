/**
 * Answers kept under a client's key, so that a repeat runs nothing. Bounded in number and time. A
 * failure is not kept: a repeat is sent to get an answer, and its key says that running twice is safe.
 */
import { createHash } from "node:crypto";
import { HeadgateError } from "../../protocol/errors.js";
import type { Infer } from "../../protocol/frames.js";
import type { Clock } from "../clock.js";
import { Shared, type Work } from "./shared.js";

interface Kept<T> {
  readonly fingerprint: string;
  readonly shared: Shared<T>;
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
   * What was asked under this key before, or undefined.
   * @throws HeadgateError failed_precondition when the key was used for another request
   */
  known(namespace: string, frame: Infer & { readonly key: string }): Shared<T> | undefined {
    this.forgetOld();
    const kept = this.kept.get(keyOf(namespace, frame.key));
    if (kept === undefined || kept.shared.abandoned) return undefined;
    if (kept.fingerprint !== fingerprint(frame))
      throw new HeadgateError("failed_precondition", "key: it was used for another request; use a key once");
    return kept.shared;
  }

  keep(namespace: string, frame: Infer & { readonly key: string }, work: Work<T>): Shared<T> {
    const key = keyOf(namespace, frame.key);
    const until = this.clock.now() + this.windowMs;
    const kept = { fingerprint: fingerprint(frame), shared: new Shared(work), until };
    this.kept.delete(key); // the newest is the last
    this.kept.set(key, kept);
    const [oldest] = this.kept.keys();
    if (this.kept.size > this.answersMax && oldest !== undefined) this.kept.delete(oldest);
    work.answer.catch(() => {
      if (this.kept.get(key) === kept) this.kept.delete(key);
    });
    return kept.shared;
  }

  private forgetOld(): void {
    const now = this.clock.now();
    for (const [key, { until }] of this.kept) {
      if (until > now) return;
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
