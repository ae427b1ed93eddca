/**
 * Fits that clients asked to keep: their attributes under a handle, for a time. Bounded in number and bytes for each
 * namespace; the fit that would expire first is removed for a new one.
 */
import { nanoid } from "nanoid";
import { HeadgateError } from "../../protocol/errors.js";
import type { Parameters, WireTensors } from "../../protocol/frames.js";
import type { Clock } from "../clock.js";

export interface KeptFit {
  /** The fit's name, such as `pca`. */
  readonly model: string;
  /** The outputs that its `.apply` and `.update` take as inputs. */
  readonly attributes: WireTensors;
  /** The parameters that its applications share with it. */
  readonly parameters: Parameters;
}

interface KeptFitRecord {
  readonly fit: KeptFit;
  readonly bytes: number;
  readonly until: number;
  /** Stops the timer that removes it. */
  readonly disarm: () => void;
}

export interface KeptFitLimits {
  /** Fits of a namespace. */
  readonly countMax: number;
  /** Bytes of their attributes. */
  readonly bytesMax: number;
}

export class KeptFits {
  private readonly namespaces = new Map<string, Map<string, KeptFitRecord>>();

  constructor(
    private readonly clock: Clock,
    private readonly limits: KeptFitLimits,
  ) {}

  /**
   * @returns the handle
   * @throws HeadgateError resource_exhausted for attributes that alone are beyond the bound
   */
  keep(namespace: string, fit: KeptFit, seconds: number): string {
    const bytes = this.keepableBytes(fit.attributes);
    const held = this.of(namespace);
    this.makeRoom(held, bytes);
    const handle = nanoid();
    const ms = seconds * 1_000;
    const disarm = this.clock.after(ms, () => held.delete(handle));
    held.set(handle, { fit, bytes, until: this.clock.now() + ms, disarm });
    return handle;
  }

  /** @throws HeadgateError not_found when it expired, was removed for a new one, or never existed */
  find(namespace: string, handle: string): KeptFit {
    const found = this.of(namespace).get(handle);
    if (found === undefined || found.until <= this.clock.now())
      throw new HeadgateError(
        "not_found",
        `parameters.handle: ${handle} has expired, made room for newer ones, or was never given in this namespace; fit again`,
      );
    return found.fit;
  }

  /**
   * Puts new attributes under an existing handle, whose time does not change. A fit that was removed meanwhile stays
   * removed.
   * @throws HeadgateError resource_exhausted for attributes that alone are beyond the bound; the old ones stay
   */
  replace(namespace: string, handle: string, attributes: WireTensors): void {
    const held = this.of(namespace);
    const found = held.get(handle);
    if (found === undefined) return;
    const bytes = this.keepableBytes(attributes);
    held.delete(handle); // so that it is not itself removed to make room
    this.makeRoom(held, bytes);
    held.set(handle, { ...found, fit: { ...found.fit, attributes }, bytes });
  }

  get count(): number {
    return [...this.namespaces.values()].reduce((sum, held) => sum + held.size, 0);
  }

  private of(namespace: string): Map<string, KeptFitRecord> {
    const held = this.namespaces.get(namespace) ?? new Map<string, KeptFitRecord>();
    this.namespaces.set(namespace, held);
    return held;
  }

  private keepableBytes(attributes: WireTensors): number {
    const bytes = bytesOf(attributes);
    if (bytes <= this.limits.bytesMax) return bytes;
    throw new HeadgateError(
      "resource_exhausted",
      `the fit's attributes have ${bytes} bytes, ${this.limits.bytesMax} may be kept (fits.kept_bytes)`,
      { retryable: false, processed: "maybe" },
    );
  }

  private makeRoom(held: Map<string, KeptFitRecord>, bytes: number): void {
    const byExpiry = [...held].sort(([, a], [, b]) => a.until - b.until);
    let total = byExpiry.reduce((sum, [, each]) => sum + each.bytes, 0);
    for (const [handle, each] of byExpiry) {
      if (held.size < this.limits.countMax && total + bytes <= this.limits.bytesMax) return;
      each.disarm();
      held.delete(handle);
      total -= each.bytes;
    }
  }
}

function bytesOf(tensors: WireTensors): number {
  return Object.values(tensors).reduce(
    (sum, { data }) => sum + (data instanceof Uint8Array ? data.byteLength : 64),
    0,
  );
}
