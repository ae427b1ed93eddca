/**
 * Trained models under handles. Each is reserved before its training, opened once its graph is proven against the
 * library's answers, and removed when its time is over or when newer ones need the room: the one that would expire
 * first goes first, and a tenant's quota removes only its own.
 */
import { createHash } from "node:crypto";
import { nanoid } from "nanoid";
import type { Logger } from "pino";
import { libraryGoldenFile } from "../../../engines/onnx/import/golden-file.js";
import type { Servable } from "../../../engines/servable.js";
import type { ExportedModel } from "../../../engines/training/trainer.js";
import { HeadgateError, invalidArgument } from "../../../protocol/errors.js";
import type { ModelPart } from "../../../protocol/train-frames.js";
import { namespacedKey } from "../../auth/namespaced-key.js";
import type { QuotaAccount } from "../../quotas/quota-account.js";
import { Settlement } from "../../waiting/settlement.js";
import { tolerancesOf } from "../exported-model.js";
import { diskRefusal } from "../folder-writer.js";
import { LiveVersion, type VersionDependencies } from "../live-version.js";
import type { KeptModelRequest, ModelReservation } from "../trained-models.js";
import { applicationName } from "./application-signatures.js";
import type { KeptModelFiles, StoredModel } from "./kept-model-files.js";
import { type KeptModel, type KeptModelLimits, KeptModelRoom } from "./kept-model-room.js";
import { keptVersion } from "./kept-version.js";

export interface KeptModelDependencies {
  readonly versions: Omit<VersionDependencies, "catalog" | "shadows">;
  readonly files: KeptModelFiles;
  readonly limits: KeptModelLimits;
  readonly timeoutMs: number;
  readonly log: Logger;
  readonly accountOf: (tenant: string) => QuotaAccount | undefined;
}

/** Timers hold at most 2^31 milliseconds. */
const timerMsMax = 2 ** 31 - 1;

export class KeptModels {
  private readonly models = new Map<string, KeptModel>();
  private readonly room: KeptModelRoom;
  private serials = 0;

  constructor(private readonly dependencies: KeptModelDependencies) {
    const { files, log, limits } = dependencies;
    this.room = new KeptModelRoom(limits, this.models, (model) => this.remove(model));
    try {
      const stored = files.load((folder, reason) =>
        log.warn({ folder, reason }, "a kept model cannot be read, and is left out"),
      );
      for (const each of stored) this.restore(each);
    } catch (error) {
      log.error({ err: error }, "models cannot be kept: their folder cannot be used");
    }
  }

  get count(): number {
    return this.models.size;
  }

  /** @throws HeadgateError resource_exhausted where no more may be kept */
  reserve(request: KeptModelRequest): ModelReservation {
    const { principal, account, trainer, keepSeconds, handle = nanoid() } = request;
    const { namespace, tenant } = principal;
    this.remove(this.models.get(namespacedKey(namespace, handle)));
    this.room.reserve(namespace, account);
    const model = this.add({ namespace, handle, trainer, account, until: Number.POSITIVE_INFINITY });
    return {
      handle,
      open: (exported) => this.open(model, exported, { tenant, keepMs: keepSeconds * 1_000 }),
      fail: (error) => this.fail(model, error, keepSeconds * 1_000),
    };
  }

  /**
   * The servable that answers for a handle: at once, or once it is open.
   * @throws HeadgateError not_found for a handle that expired, invalid_argument for one of another trainer
   */
  find(namespace: string, handle: string, trainer: string): Servable | Promise<Servable> {
    const model = this.named(namespace, handle);
    if (model.trainer !== trainer)
      throw invalidArgument(
        "parameters.handle",
        `it is a kept ${model.trainer}, ${applicationName(trainer)} takes a ${trainer}`,
      );
    if (model.live !== undefined) return model.live.version.servable;
    return model.ready.answer.then(() => {
      if (model.live === undefined) throw expired(handle);
      return model.live.version.servable;
    });
  }

  async part(
    namespace: string,
    handle: string,
    from: number,
    lengthMax: number,
  ): Promise<ModelPart | undefined> {
    const { stored } = this.named(namespace, handle);
    if (stored === undefined) return undefined;
    const { bytes: total, sha256 } = stored.onnx;
    if (from >= total) throw invalidArgument("onnx_from", `must be below ${total}, got ${from}`);
    const bytes = await this.dependencies.files
      .read(stored, from, Math.min(lengthMax, total - from))
      .catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") throw expired(handle);
        throw error;
      });
    return { from, total, sha256, bytes };
  }

  /** A worker was restarted and could not open this model again: the next request does. */
  lost(key: string): void {
    for (const { live } of this.models.values()) if (live?.key === key) live.evict();
  }

  private named(namespace: string, handle: string): KeptModel {
    const model = this.models.get(namespacedKey(namespace, handle));
    if (model === undefined || model.until <= this.dependencies.versions.clock.wall()) throw expired(handle);
    return model;
  }

  private async open(
    model: KeptModel,
    exported: ExportedModel,
    { tenant, keepMs }: { readonly tenant: string; readonly keepMs: number },
  ): Promise<void> {
    const { files, versions } = this.dependencies;
    try {
      const golden = libraryGoldenFile(model.trainer, exported.golden, tolerancesOf(exported));
      const until = versions.clock.wall() + keepMs;
      const stored = storedOf(model, exported, {
        tenant,
        until,
        bytes: exported.onnx.byteLength + golden.length,
      });
      this.room.hold(model, stored);
      await files.write(stored, exported.onnx, golden);
      const live = this.versionOf(model, stored);
      await live.open();
      if (model.stored !== stored) {
        live.retire(); // it was removed or has failed meanwhile
        throw expired(model.handle);
      }
      model.live = live;
      this.expireAt(model, until);
      model.ready.resolve();
    } catch (error) {
      const told = refusalOf(error, files.pathOf(model));
      if (this.isKnown(model)) this.fail(model, told, keepMs);
      throw told;
    }
  }

  private restore(stored: StoredModel): void {
    const { namespace, handle, trainer, tenant, until } = stored;
    const { versions, accountOf } = this.dependencies;
    const model = this.add({ namespace, handle, trainer, account: accountOf(tenant), until });
    this.room.restore(model, stored);
    if (until <= versions.clock.wall()) return this.remove(model);
    model.live = this.versionOf(model, stored);
    model.live.unload(); // its first request opens it
    model.ready.resolve();
    this.expireAt(model, until);
  }

  /** A model that is not open yet. */
  private add(given: Pick<KeptModel, "namespace" | "handle" | "trainer" | "account" | "until">): KeptModel {
    const model: KeptModel = {
      ...given,
      ready: new Settlement(),
      stored: undefined,
      live: undefined,
      disarm: () => {},
    };
    model.ready.answer.catch(() => {}); // nobody may be waiting
    this.models.set(namespacedKey(given.namespace, given.handle), model);
    return model;
  }

  private versionOf(model: KeptModel, stored: StoredModel): LiveVersion {
    const { files, versions, timeoutMs } = this.dependencies;
    const version = keptVersion(stored, files.pathOf(stored), ++this.serials, timeoutMs);
    // It is in no catalog: only its handle leads to it.
    const hidden = { ...versions, catalog: { set: () => {} }, shadows: { set: () => {} } };
    return new LiveVersion(version, hidden, (_, error) => this.reopenLater(model, stored, error));
  }

  /** It did not open at a request. What may pass by itself is tried again by the next request. */
  private reopenLater(model: KeptModel, stored: StoredModel, error: unknown): void {
    if (!this.isKnown(model)) return;
    if (error instanceof HeadgateError && error.retryable) {
      model.live = this.versionOf(model, stored);
      model.live.unload();
      return;
    }
    this.dependencies.log.error({ handle: model.handle, err: error }, "a kept model does not open any more");
    this.remove(model);
  }

  private fail(model: KeptModel, error: HeadgateError, keepMs: number): void {
    if (!this.isKnown(model) || model.live !== undefined) return;
    this.release(model);
    model.ready.reject(error);
    this.expireAt(model, this.dependencies.versions.clock.wall() + keepMs);
  }

  /** Gives back the room of its files, which are removed. */
  private release(model: KeptModel): void {
    const { stored } = model;
    if (stored === undefined) return;
    this.room.release(model);
    const { files, log } = this.dependencies;
    files
      .remove(stored)
      .catch((error: unknown) => log.warn({ err: error }, "the files of a kept model could not be removed"));
  }

  private remove(model: KeptModel | undefined): void {
    if (model === undefined || !this.isKnown(model)) return;
    this.models.delete(namespacedKey(model.namespace, model.handle));
    model.disarm();
    model.ready.reject(expired(model.handle));
    model.live?.retire();
    this.release(model);
  }

  private isKnown(model: KeptModel): boolean {
    return this.models.get(namespacedKey(model.namespace, model.handle)) === model;
  }

  private expireAt(model: KeptModel, until: number): void {
    const { clock } = this.dependencies.versions;
    model.until = until;
    const ms = Math.min(timerMsMax, Math.max(0, until - clock.wall()));
    model.disarm = clock.after(ms, () => {
      if (clock.wall() < until) this.expireAt(model, until);
      else this.remove(model);
    });
  }
}

function storedOf(
  { namespace, handle, trainer }: KeptModel,
  { onnx, inputs, outputs }: ExportedModel,
  rest: Pick<StoredModel, "tenant" | "until" | "bytes">,
): StoredModel {
  const sha256 = createHash("sha256").update(onnx).digest("hex");
  const mutable = ({ datatypes, shape, otherShapes: _, ...spec }: ExportedModel["inputs"][number]) => ({
    ...spec,
    datatypes: [...datatypes],
    shape: [...shape],
  });
  return {
    ...rest,
    namespace,
    handle,
    trainer,
    onnx: { bytes: onnx.byteLength, sha256 },
    inputs: inputs.map(mutable),
    outputs: outputs.map(mutable),
  };
}

function expired(handle: string): HeadgateError {
  return new HeadgateError(
    "not_found",
    `parameters.handle: ${handle} has expired, made room for newer ones, or was never given in this namespace; train again`,
  );
}

/** @param folder the model's folder, which is not told to clients */
function refusalOf(error: unknown, folder: string): HeadgateError {
  const told = diskRefusal("the trained model could not be written to the disk", error);
  if (told instanceof HeadgateError) return told;
  const reason = (told instanceof Error ? told.message : String(told)).replaceAll(`${folder}/`, "");
  return new HeadgateError("failed_precondition", `the trained model is not served: ${reason}`, {
    processed: "maybe",
    cause: error,
  });
}
