/**
 * Fits that clients asked to keep: the attributes under a handle, for a time. Bounded in number and
 * bytes for each namespace; the one that would expire first makes room.
 */
import { nanoid } from "nanoid";
import { HeadgateError } from "../../protocol/errors.js";
import type { Parameters, Tensors } from "../../protocol/frames.js";
import type { Clock } from "../clock.js";

export interface KeptFit {
  /** The fit that made it, such as `pca`. */
  readonly model: string;
  /** The outputs that its `.apply` and `.update` take as inputs. */
  readonly attributes: Tensors;
  /** The parameters that they share with it. */
  readonly parameters: Parameters;
}

interface Held {
  fit: KeptFit;
  bytes: number;
  until: number;
}

export interface KeptLimits {
  /** Fits of a namespace. */
  readonly countMax: number;
  /** Bytes of their attributes. */
  readonly bytesMax: number;
}

export class KeptFits {
  private readonly namespaces = new Map<string, Map<string, Held>>();

  constructor(
    private readonly clock: Clock,
    private readonly limits: KeptLimits,
  ) {}

  /** @returns the handle @throws HeadgateError resource_exhausted for attributes beyond the bound alone */
  keep(namespace: string, fit: KeptFit, seconds: number): string {
    const bytes = bytesOf(fit.attributes);
    if (bytes > this.limits.bytesMax)
      throw new HeadgateError(
        "resource_exhausted",
        `parameters.keep_seconds: the fit has ${bytes} bytes, ${this.limits.bytesMax} may be kept`,
        { retryable: false, processed: "maybe" },
      );
    const held = this.of(namespace);
    this.forgetExpired(held);
    this.makeRoom(held, bytes);
    const handle = nanoid();
    held.set(handle, { fit, bytes, until: this.clock.now() + seconds * 1_000 });
    return handle;
  }

  /** @throws HeadgateError not_found once it expired, made room, or never was */
  find(namespace: string, handle: string): KeptFit {
    const held = this.of(namespace);
    this.forgetExpired(held);
    const found = held.get(handle);
    if (found === undefined)
      throw new HeadgateError(
        "not_found",
        `parameters.handle: ${handle} has expired or was never given in this namespace; fit again`,
      );
    return found.fit;
  }

  /** New attributes under an old handle; its time does not change. */
  replace(namespace: string, handle: string, attributes: Tensors): void {
    const found = this.of(namespace).get(handle);
    if (found === undefined) return;
    found.fit = { ...found.fit, attributes };
    found.bytes = bytesOf(attributes);
  }

  get count(): number {
    return [...this.namespaces.values()].reduce((sum, held) => sum + held.size, 0);
  }

  private of(namespace: string): Map<string, Held> {
    const held = this.namespaces.get(namespace) ?? new Map<string, Held>();
    this.namespaces.set(namespace, held);
    return held;
  }

  private forgetExpired(held: Map<string, Held>): void {
    const now = this.clock.now();
    for (const [handle, { until }] of held) if (until <= now) held.delete(handle);
  }

  private makeRoom(held: Map<string, Held>, bytes: number): void {
    const byExpiry = [...held].sort(([, a], [, b]) => a.until - b.until);
    let total = byExpiry.reduce((sum, [, each]) => sum + each.bytes, 0);
    for (const [handle, each] of byExpiry) {
      if (held.size < this.limits.countMax && total + bytes <= this.limits.bytesMax) return;
      held.delete(handle);
      total -= each.bytes;
    }
  }
}

function bytesOf(tensors: Tensors): number {
  return Object.values(tensors).reduce(
    (sum, { data }) => sum + (data instanceof Uint8Array ? data.byteLength : 64),
    0,
  );
}
