/**
 * The room that kept models take, in number and bytes. The model that would expire first is removed for a new one; a
 * tenant's quota removes only its own. What is still being trained or opened is never removed.
 */
import { HeadgateError } from "../../../protocol/errors.js";
import type { QuotaAccount } from "../../quotas/quota-account.js";
import type { Settlement } from "../../waiting/settlement.js";
import type { LiveVersion } from "../live-version.js";
import type { StoredModel } from "./kept-model-files.js";

export interface KeptModelLimits {
  /** Kept models of a namespace, those that are only reserved among them. */
  readonly countMax: number;
  /** Bytes of the files of a namespace's kept models. */
  readonly bytesMax: number;
  /** Bytes of the files of all kept models. */
  readonly totalBytesMax: number;
}

export interface KeptModel {
  readonly namespace: string;
  readonly handle: string;
  readonly trainer: string;
  readonly account: QuotaAccount | undefined;
  /** Settles with the servable once it may be asked, or with the error that requests for the handle get. */
  readonly ready: Settlement<void>;
  /** Undefined until its files are complete. */
  stored: StoredModel | undefined;
  /** Undefined until it is open. */
  live: LiveVersion | undefined;
  /** Milliseconds since the epoch; Infinity while it is only reserved. */
  until: number;
  disarm: () => void;
}

export class KeptModelRoom {
  private bytes = 0;

  /**
   * @param models all that are kept
   * @param remove takes a model out of `models`, and calls `release` where it holds bytes
   */
  constructor(
    private readonly limits: KeptModelLimits,
    private readonly models: ReadonlyMap<string, KeptModel>,
    private readonly remove: (model: KeptModel) => void,
  ) {}

  /**
   * Makes room for one more model, whose bytes are not known yet.
   * @throws HeadgateError resource_exhausted
   */
  reserve(namespace: string, account: QuotaAccount | undefined): void {
    const removable = this.removable(namespace);
    if (account !== undefined && !removable.some((model) => model.account === account))
      account.requireRoomFor("kept_bytes", 1);
    const { countMax } = this.limits;
    while (this.of(namespace).length >= countMax) {
      const first = removable.shift();
      if (first === undefined)
        throw exhausted(
          `${countMax} trained models of this namespace are being made, and no more may be kept (trained_models.kept): wait for one, or train without keep_seconds`,
        );
      this.remove(first);
    }
  }

  /**
   * Makes room for the model's files, and takes it.
   * @throws HeadgateError resource_exhausted
   */
  hold(model: KeptModel, stored: StoredModel): void {
    const { namespace, account } = model;
    const { bytes } = stored;
    const { bytesMax, totalBytesMax } = this.limits;
    const most = Math.min(bytesMax, totalBytesMax);
    if (bytes > most)
      throw exhausted(
        `the trained model has ${bytes} bytes, ${most} may be kept (trained_models.kept_bytes): train a smaller one, or publish it`,
      );
    if (account !== undefined) this.makeTenantRoom(this.removable(namespace), bytes, account);
    const removable = this.removable(namespace);
    while (this.bytesOf(namespace) + bytes > bytesMax || this.bytes + bytes > totalBytesMax) {
      const first = removable.shift();
      if (first === undefined)
        throw exhausted(
          `there is no room for the ${bytes} bytes of the trained model (trained_models.kept_bytes, trained_models.kept_total_bytes): wait until others expire, or publish it`,
        );
      this.remove(first);
    }
    this.restore(model, stored);
  }

  /** Takes the room of what is there already, whether there is room for it or not. */
  restore(model: KeptModel, stored: StoredModel): void {
    model.stored = stored;
    this.bytes += stored.bytes;
    model.account?.hold("kept_bytes", stored.bytes);
  }

  release(model: KeptModel): void {
    const { stored } = model;
    if (stored === undefined) return;
    model.stored = undefined;
    this.bytes -= stored.bytes;
    model.account?.release("kept_bytes", stored.bytes);
  }

  private makeTenantRoom(removable: readonly KeptModel[], bytes: number, account: QuotaAccount): void {
    const own = removable.filter((each) => each.account === account);
    const ownBytes = own.reduce((sum, { stored }) => sum + (stored?.bytes ?? 0), 0);
    account.requireRoomFor("kept_bytes", bytes - ownBytes, "maybe");
    for (const model of own) {
      if (account.hasRoomFor("kept_bytes", bytes)) return;
      this.remove(model);
    }
  }

  /** Those that are open or have failed, the one that expires first at the front. */
  private removable(namespace: string): KeptModel[] {
    return this.of(namespace)
      .filter(({ until }) => until !== Number.POSITIVE_INFINITY)
      .sort((a, b) => a.until - b.until);
  }

  private of(namespace: string): KeptModel[] {
    return [...this.models.values()].filter((model) => model.namespace === namespace);
  }

  private bytesOf(namespace: string): number {
    return this.of(namespace).reduce((sum, { stored }) => sum + (stored?.bytes ?? 0), 0);
  }
}

function exhausted(message: string): HeadgateError {
  return new HeadgateError("resource_exhausted", message, { retryable: false, processed: "maybe" });
}
