/**
 * Fits that clients asked to keep: their attributes under a handle, for a time. Bounded in number and bytes for each
 * namespace, and in bytes by the quota of the tenant that asked. The fit that would expire first is removed for a new
 * one; a tenant's quota removes only its own.
 */
import { nanoid } from "nanoid";
import { HeadgateError } from "../../protocol/errors.js";
import type { Parameters, WireTensors } from "../../protocol/frames.js";
import type { Clock } from "../clock.js";
import type { QuotaAccount } from "../quotas/quota-account.js";

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
  /** The account of the tenant that asked to keep it. */
  readonly account: QuotaAccount | undefined;
  /** Stops the timer that removes it. */
  readonly disarm: () => void;
}

type NamespaceFits = Map<string, KeptFitRecord>;

export interface KeptFitLimits {
  /** Fits of a namespace. */
  readonly countMax: number;
  /** Bytes of their attributes. */
  readonly bytesMax: number;
}

export class KeptFits {
  private readonly namespaces = new Map<string, NamespaceFits>();

  constructor(
    private readonly clock: Clock,
    private readonly limits: KeptFitLimits,
  ) {}

  /**
   * Asked before a fit that is to be kept is computed.
   * @throws HeadgateError resource_exhausted when the tenant may keep nothing more and has no fit to remove for it
   */
  requireRoom(namespace: string, account: QuotaAccount): void {
    if (account.hasRoomFor("kept_bytes", 1)) return;
    for (const each of this.of(namespace).values()) if (each.account === account) return;
    account.requireRoomFor("kept_bytes", 1);
  }

  /**
   * @param account of the tenant that asks
   * @returns the handle
   * @throws HeadgateError resource_exhausted for attributes that alone are beyond the bound
   */
  keep(namespace: string, fit: KeptFit, seconds: number, account?: QuotaAccount): string {
    const bytes = this.keepableBytes(fit.attributes);
    const held = this.of(namespace);
    this.makeRoom(held, bytes, account);
    const handle = nanoid();
    const ms = seconds * 1_000;
    const disarm = this.clock.after(ms, () => remove(held, handle));
    add(held, handle, { fit, bytes, account, until: this.clock.now() + ms, disarm });
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
    remove(held, handle, { disarm: false }); // so that it is not itself removed to make room
    try {
      this.makeRoom(held, bytes, found.account);
    } catch (error) {
      add(held, handle, found);
      throw error;
    }
    add(held, handle, { ...found, fit: { ...found.fit, attributes }, bytes });
  }

  get count(): number {
    return [...this.namespaces.values()].reduce((sum, held) => sum + held.size, 0);
  }

  private of(namespace: string): NamespaceFits {
    const held: NamespaceFits = this.namespaces.get(namespace) ?? new Map();
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

  private makeRoom(held: NamespaceFits, bytes: number, account: QuotaAccount | undefined): void {
    const byExpiry = [...held].sort(([, a], [, b]) => a.until - b.until);
    if (account !== undefined) makeTenantRoom(held, byExpiry, bytes, account);
    let total = [...held.values()].reduce((sum, each) => sum + each.bytes, 0);
    for (const [handle, each] of byExpiry) {
      if (held.size < this.limits.countMax && total + bytes <= this.limits.bytesMax) return;
      if (remove(held, handle)) total -= each.bytes;
    }
  }
}

/** Removes fits of the tenant until it may keep so many bytes more; none when that would not be enough. */
function makeTenantRoom(
  held: NamespaceFits,
  byExpiry: readonly (readonly [string, KeptFitRecord])[],
  bytes: number,
  account: QuotaAccount,
): void {
  const own = byExpiry.filter(([, each]) => each.account === account);
  const ownBytes = own.reduce((sum, [, each]) => sum + each.bytes, 0);
  account.requireRoomFor("kept_bytes", bytes - ownBytes, "maybe");
  for (const [handle] of own) {
    if (account.hasRoomFor("kept_bytes", bytes)) return;
    remove(held, handle);
  }
}

function add(held: NamespaceFits, handle: string, record: KeptFitRecord): void {
  held.set(handle, record);
  record.account?.hold("kept_bytes", record.bytes);
}

/** False when there is no such fit any more. */
function remove(held: NamespaceFits, handle: string, { disarm = true } = {}): boolean {
  const found = held.get(handle);
  if (found === undefined) return false;
  if (disarm) found.disarm();
  held.delete(handle);
  found.account?.release("kept_bytes", found.bytes);
  return true;
}

function bytesOf(tensors: WireTensors): number {
  return Object.values(tensors).reduce(
    (sum, { data }) => sum + (data instanceof Uint8Array ? data.byteLength : 64),
    0,
  );
}
