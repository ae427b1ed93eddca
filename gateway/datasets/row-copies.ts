/**
 * The memory of rows that are copied for requests: columns that do not lie side by side, and windows of streams. A
 * reference of a hundred bytes may stand for 128 MiB, so room is taken before the rows are copied and given back once
 * the request is answered. No tenant takes all of it. Pure.
 */
import { HeadgateError } from "../../protocol/errors.js";
import { isFairShare } from "../quotas/fair-share.js";

export class RowCopies {
  private taken = 0;
  private readonly held = new Map<string, number>();

  constructor(private readonly bytesMax: number) {}

  /** Bytes that requests have now. */
  get bytes(): number {
    return this.taken;
  }

  /** The copies of one request of a tenant; there are none yet. */
  of(tenant: string): RequestCopies {
    return new RequestCopies(
      (bytes, field) => this.take(tenant, bytes, field),
      (bytes) => this.change(tenant, -bytes),
    );
  }

  private take(tenant: string, bytes: number, field: string): void {
    const taken = this.taken + bytes;
    if (taken > this.bytesMax) throw refusal(field, bytes, `of ${this.bytesMax}, others have ${this.taken}`);
    const held = this.held.get(tenant) ?? 0;
    // A tenant's only copy may take whatever is free: the largest tensor that is allowed must be possible.
    if (held > 0 && !isFairShare(held + bytes, this.bytesMax - taken))
      throw refusal(field, bytes, `this tenant's requests have ${held}, their share of ${this.bytesMax}`);
    this.change(tenant, bytes);
  }

  private change(tenant: string, bytes: number): void {
    this.taken += bytes;
    const held = (this.held.get(tenant) ?? 0) + bytes;
    if (held === 0) this.held.delete(tenant);
    else this.held.set(tenant, held);
  }
}

export class RequestCopies {
  private bytes = 0;

  constructor(
    private readonly takes: (bytes: number, field: string) => void,
    private readonly gives: (bytes: number) => void,
  ) {}

  /** @throws HeadgateError resource_exhausted, retryable, when the memory or the tenant's share of it is in use */
  take(bytes: number, field: string): void {
    if (bytes === 0) return;
    this.takes(bytes, field);
    this.bytes += bytes;
  }

  /** Gives everything back; repeated calls have no further effect. */
  leave(): void {
    if (this.bytes > 0) this.gives(this.bytes);
    this.bytes = 0;
  }
}

function refusal(field: string, bytes: number, problem: string): HeadgateError {
  return new HeadgateError(
    "resource_exhausted",
    `${field}: ${bytes} bytes must be copied for it, and ${problem} (datasets.copied_bytes): wait for answers, or refer to rows that need no copy, such as one column of lists`,
    { retryAfterMs: 100 },
  );
}
