/** One version in service: opened before it gets traffic or at its first request, evicted, retired. */

import { engineKey } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { ServableFigures } from "../catalog/catalog-entry.js";
import type { LoadResult } from "./loader.js";
import type { ModelDependencies } from "./model-dependencies.js";
import type { Version } from "./version.js";

export type VersionDependencies = Pick<ModelDependencies, "log" | "clock" | "onDemand"> & {
  readonly loader: Pick<ModelDependencies["loader"], "open">;
  readonly retirement: Pick<ModelDependencies["retirement"], "busy" | "evict" | "retire">;
  readonly catalog: Pick<ModelDependencies["catalog"], "set">;
  readonly shadows: Pick<ModelDependencies["shadows"], "set">;
};

export class LiveVersion {
  /** Whether the worker pool holds it. */
  isOpen = false;
  /** What of its model's folder is not applied, and why. */
  folderNotes: readonly string[] = [];
  private opening: Promise<void> | undefined;
  private retired = false;
  private loadResult: LoadResult | undefined;
  private provenAt = 0;
  private readonly abortController = new AbortController();

  /** @param failed called with the reason when it could not be opened at a request */
  constructor(
    readonly version: Version,
    private readonly dependencies: VersionDependencies,
    private readonly failed: (live: LiveVersion, error: unknown) => void,
  ) {}

  get number(): number {
    return this.version.number;
  }

  /** The digest of the model's card that its signature covers; undefined: it is not open, or needs no signature. */
  get signedCard(): string | null | undefined {
    return this.isOpen ? this.loadResult?.admitted.cardDigest : undefined;
  }

  get key(): string {
    return engineKey(this.version.servable);
  }

  /**
   * Opens, proves and warms it, after which it is ready.
   * @throws with the reason
   */
  async open(): Promise<void> {
    const { dependencies, version, key } = this;
    const { servable, source, instances: count, shadow: background } = version;
    const busy = () => dependencies.retirement.busy(servable);
    const evict = () => this.evict();
    const { identity: stamp } = version;
    const { signal } = this.abortController;
    const opening = { key, source, stamp, count, background, busy, evict, signal };
    this.loadResult = await dependencies.loader.open(opening);
    this.provenAt = dependencies.clock.wall();
    this.isOpen = true;
    const { gathering } = servable.scheduling;
    if (gathering !== undefined) gathering.allowed = this.loadResult.report.batching.together;
    if (!this.retired) this.publishReady(undefined);
  }

  /** Ends a proof that is under way: the version is not to be served after all. */
  abandon(): void {
    this.abortController.abort();
  }

  /** The version stays known and is closed: its next request opens it. */
  unload(): void {
    const { catalog, onDemand } = this.dependencies;
    const { servable } = this.version;
    this.isOpen = false;
    catalog.set(servable, { kind: "unloaded", opening: false });
    onDemand.register(servable, () => {
      this.opening ??= this.openOnDemand();
      return this.opening;
    });
  }

  /** Reports it ready; the reason, if any, is what is wrong with its changed files. */
  publishReady(reason: string | undefined): void {
    if (!this.isOpen) return;
    const state = { kind: "ready", ...(reason !== undefined && { reason }) } as const;
    const { servable, source, instances } = this.version;
    const figures = this.loadResult && figuresOf(this.loadResult, this.provenAt, source.bytes, instances);
    const notes = [...this.folderNotes, ...(figures?.notes ?? [])];
    this.dependencies.catalog.set(servable, state, figures && { ...figures, notes });
  }

  /** No further request is routed to it. It is closed when its requests are answered. */
  retire(): void {
    this.retired = true;
    this.abandon();
    const { onDemand, retirement, log } = this.dependencies;
    const { servable } = this.version;
    if (this.opening === undefined) onDemand.forget(servable);
    retirement
      .retire(servable, this.opening)
      .finally(() => this.loadResult?.admitted.release())
      .then(
        () => log.info({ model: this.key }, "a version was retired"),
        (error: unknown) => log.error({ model: this.key, err: error }, "a version could not be closed"),
      );
  }

  private async openOnDemand(): Promise<void> {
    const { catalog, onDemand } = this.dependencies;
    const { servable } = this.version;
    catalog.set(servable, { kind: "unloaded", opening: true });
    try {
      await this.open();
    } catch (error) {
      if (!this.retired) this.failed(this, error);
      const reason = error instanceof Error ? error.message : String(error);
      throw new HeadgateError("unavailable", `model: ${this.key}: ${reason}`);
    } finally {
      this.opening = undefined;
      onDemand.forget(servable);
    }
  }

  /** Closes it; its next request opens it again. */
  evict(): void {
    const { retirement, shadows } = this.dependencies;
    const { servable, shadow } = this.version;
    retirement.evict(servable);
    this.loadResult?.admitted.release();
    if (this.retired) return;
    if (shadow) shadows.set(servable.signature.name, undefined);
    this.unload();
  }
}

function figuresOf(
  { report, proof, inline }: LoadResult,
  provenAt: number,
  fileBytes: number,
  instances: number,
): ServableFigures {
  const { opening, resident } = proof.memory;
  return {
    backend: report.backend,
    batching: report.batching,
    notes: report.notes,
    provenAt,
    memory: { fileBytes, opening, resident, instances },
    inline,
  };
}
