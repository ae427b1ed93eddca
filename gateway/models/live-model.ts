/**
 * One model of the repository while it is served. Versions that are on disk are brought into service: a version is
 * opened, proven and warmed before it gets traffic, and the version that it replaces is closed once its requests are
 * answered. What cannot be served is reported, and what served before continues.
 */

import { whyNoVersion } from "../../engines/onnx/layouts/no-version.js";
import type { ModelConfig } from "../../engines/onnx/model-config.js";
import type { ModelFolder, VersionFolder } from "../../engines/onnx/model-folder.js";
import { ProofFailure } from "../../engines/onnx/proving/proof-failure.js";
import { HeadgateError } from "../../protocol/errors.js";
import { FailedVersions } from "./failed-versions.js";
import { FolderReports } from "./folder-reports.js";
import { LiveVersion } from "./live-version.js";
import type { ModelDependencies } from "./model-dependencies.js";
import { isOnDisk, nextToOpen, wantedVersions } from "./plan.js";
import { routeTraffic } from "./traffic-route.js";
import { versionOf } from "./version.js";

/** Milliseconds until a version that failed for want of memory or of a worker is tried again. */
const againMs = 5_000;

export class LiveModel {
  private folder: ModelFolder | undefined;
  private readonly liveVersions = new Map<number, LiveVersion>();
  private readonly failed = new FailedVersions();
  /** How often each version was read again. */
  private readonly generations = new Map<number, number>();
  private work: Promise<void> | undefined;
  private stale = false;
  private readonly reports: FolderReports;
  /** Versions that came into service since `serving` was last called. */
  private readonly begun = new Set<number>();
  /** Closed by an administrator, until one loads it again or its folder is removed. */
  private isUnloaded = false;
  /** The version that is being proven or opened. */
  private opening: LiveVersion | undefined;

  constructor(
    readonly name: string,
    private readonly dependencies: ModelDependencies,
  ) {
    this.reports = new FolderReports(name, dependencies);
  }

  /**
   * Updates the model to its folder; undefined: the folder was removed. Settles once every version is served or
   * refused.
   */
  update(folder: ModelFolder | undefined): Promise<void> {
    this.folder = folder;
    if (this.opening !== undefined && !isOnDisk(folder, this.opening.version)) this.opening.abandon();
    return this.wake();
  }

  /** Whether the repository has a folder of this model. */
  get isPresent(): boolean {
    return this.folder !== undefined;
  }

  /** Its folder as it was read last. */
  get folderNow(): ModelFolder | undefined {
    return this.folder;
  }

  /**
   * Opens a version that its folder has now, also where versions wait for their first request.
   * @throws Error with the reason why the version is not open
   */
  async serve(folder: ModelFolder, number: number): Promise<void> {
    await this.update(folder);
    const { version } = this.liveVersions.get(number) ?? {};
    if (version !== undefined) await this.dependencies.onDemand.opened(version.servable);
    if (this.liveVersions.get(number)?.isOpen === true) return;
    const reason = "reason" in folder.config ? folder.config.reason : "its version policy does not serve it";
    throw new Error(this.isUnloaded ? "the model was unloaded" : (this.failed.reasonOf(number) ?? reason));
  }

  /** Closes every version. The model stays closed, whatever changes in its folder, until it is loaded again. */
  unload(): Promise<void> {
    this.isUnloaded = true;
    this.opening?.abandon();
    return this.wake();
  }

  /**
   * Opens what the folder has, also versions that failed before and those that wait for their first request.
   * @throws HeadgateError failed_precondition with the reason why no version is open
   */
  async load(folder: ModelFolder): Promise<void> {
    this.isUnloaded = false;
    this.failed.forgetAll();
    this.dependencies.catalog.refuse(this.name, undefined);
    await this.update(folder);
    const { onDemand } = this.dependencies;
    const opened = [...this.liveVersions.values()].map(({ version }) => onDemand.opened(version.servable));
    await Promise.allSettled(opened); // a version that fails now is among the failed ones
    if ([...this.liveVersions.values()].some(({ isOpen }) => isOpen)) return;
    const reason = "reason" in folder.config ? folder.config.reason : whyNoVersion(folder);
    throw new HeadgateError(
      "failed_precondition",
      `model: ${this.name} cannot be loaded: ${this.isUnloaded ? "it was unloaded meanwhile" : (this.failed.reason ?? reason)}`,
    );
  }

  /** A worker was restarted and could not open this version again, and no other worker has it. */
  lost(key: string, reason: string): void {
    const live = [...this.liveVersions.values()].find((each) => each.key === key);
    if (live === undefined) return;
    live.retire();
    this.refuse(live, new Error(reason));
    void this.wake();
  }

  private wake(): Promise<void> {
    this.stale = true;
    this.work ??= this.reconcileAll().finally(() => {
      this.work = undefined;
    });
    return this.work;
  }

  private async reconcileAll(): Promise<void> {
    while (this.stale) {
      this.stale = false;
      const { folder } = this;
      if (folder === undefined) this.removeAll();
      else if (this.isUnloaded) this.closeAll("unloaded; load it to have it again");
      else if ("reason" in folder.config) this.keepAsIs(folder.config.reason);
      else await this.reconcile(folder, folder.config);
    }
  }

  private async reconcile(folder: ModelFolder, config: ModelConfig): Promise<void> {
    const { versions, notes } = folder;
    const { liveVersions: held, reports } = this;
    const known = { held, failed: this.failed.byNumber };
    reports.logNotes(notes);
    const { catalog } = this.dependencies;
    reports.showCard(folder, held.values());
    this.forgetGone(versions);
    this.failed.forgetRestored(versions, config, (number) => held.get(number)?.version.identity);
    this.route(config);
    for (;;) {
      const next = nextToOpen(versions, config, known);
      if (next === undefined) break;
      const settled = await this.open(next, config, notes);
      if (this.stale || !settled) return; // the folder has changed again, or the gateway stops
    }
    const wanted = new Set(wantedVersions(versions, config, known));
    for (const live of [...held.values()]) if (!wanted.has(live.number)) this.retire(live);
    for (const live of held.values()) {
      live.folderNotes = notes;
      live.publishReady(this.failed.reasonOf(live.number));
    }
    reports.showCard(folder, held.values());
    this.route(config);
    this.reportBegun();
    reports.warnOfAbsent(config, (number) => held.has(number));
    const empty = held.size === 0 && known.failed.size === 0;
    catalog.refuse(this.name, empty ? whyNoVersion(folder) : undefined);
  }

  /**
   * Opens a version before the one that it replaces is closed. A version that is in use already is not waited for.
   * @returns false when the attempt was abandoned before its outcome was known
   */
  private async open(found: VersionFolder, config: ModelConfig, notes: readonly string[]): Promise<boolean> {
    const { dependencies, liveVersions } = this;
    const { catalog } = dependencies;
    const { version: number } = found;
    const generation = this.generations.get(number) ?? 0;
    const version = versionOf(config, found, generation, dependencies.defaults);
    const live = new LiveVersion(version, dependencies, (each, error) => {
      if (abandoned(error)) return;
      this.refuse(each, error);
      void this.wake(); // a lower version may serve
    });
    live.folderNotes = notes;
    const before = liveVersions.get(number);
    this.generations.set(number, generation + 1);
    if (found.fault !== undefined) {
      this.refuse(live, new Error(found.fault));
      return true;
    }
    const inUse = [...liveVersions.values()].some(({ isOpen: open }) => open);
    if (!inUse && !version.shadow && (config.load ?? dependencies.load) === "first_use") {
      live.unload();
    } else {
      if (before === undefined) catalog.set(version.servable, { kind: "loading" });
      this.route(config);
      this.opening = live;
      try {
        await live.open();
      } catch (error) {
        if (abandoned(error)) {
          if (before === undefined) catalog.remove(this.name, String(number));
          return false;
        }
        this.refuse(live, error);
        return true;
      } finally {
        this.opening = undefined;
      }
    }
    this.failed.forget(number);
    liveVersions.set(number, live);
    this.begun.add(number);
    this.route(config);
    before?.retire();
    return true;
  }

  private reportBegun(): void {
    const { loader, serving } = this.dependencies;
    for (const number of this.begun)
      if (!loader.starting && this.liveVersions.has(number)) serving(this.name, String(number));
    this.begun.clear();
  }

  private refuse({ version, key, number }: LiveVersion, error: unknown): void {
    const { catalog, log } = this.dependencies;
    const reason = error instanceof Error ? error.message : String(error);
    log.error({ model: key, reason }, "a version is not served");
    this.failed.add(version, reason);
    const serving = this.liveVersions.get(number);
    if (serving?.version === version) this.liveVersions.delete(number);
    if (serving === undefined || serving.version === version)
      catalog.set(version.servable, { kind: "unavailable", reason });
    if (error instanceof HeadgateError && error.retryable) this.tryAgain(number);
  }

  private tryAgain(number: number): void {
    this.dependencies.clock.after(againMs, () => {
      this.failed.forget(number);
      void this.wake();
    });
  }

  /** A config.json that cannot be used changes nothing of what serves. */
  private keepAsIs(reason: string): void {
    const { catalog, log, metrics } = this.dependencies;
    log.error(
      { model: this.name, reason, versions_kept: this.liveVersions.size },
      "a model's config.json is not taken",
    );
    metrics.refused({ name: this.name, version: "" });
    for (const live of this.liveVersions.values()) live.publishReady(reason);
    if (this.liveVersions.size === 0) catalog.refuse(this.name, reason);
  }

  private route(config: ModelConfig): void {
    routeTraffic(this.name, config, this.liveVersions, this.dependencies);
  }

  private retire(live: LiveVersion): void {
    this.liveVersions.delete(live.number);
    this.dependencies.catalog.remove(this.name, String(live.number));
    live.retire();
  }

  /** Forgets failed versions that are no longer on disk. */
  private forgetGone(versions: readonly VersionFolder[]): void {
    for (const number of this.failed.forgetGone(versions))
      if (!this.liveVersions.has(number)) this.dependencies.catalog.remove(this.name, String(number));
  }

  /** @param reason what requests are told from now on; undefined: that there is no such model */
  private closeAll(reason: string | undefined): void {
    const { catalog, shadows } = this.dependencies;
    for (const live of [...this.liveVersions.values()]) this.retire(live);
    this.forgetGone([]);
    shadows.set(this.name, undefined);
    catalog.refuse(this.name, reason);
    catalog.setCard(this.name, null);
    catalog.setHistory(this.name, []);
  }

  private removeAll(): void {
    this.isUnloaded = false;
    this.closeAll(undefined);
    const { log } = this.dependencies;
    log.info({ model: this.name }, "a model was removed");
  }
}

/** Whether the error means that the attempt was abandoned because its outcome is no longer needed. */
function abandoned(error: unknown): boolean {
  return error instanceof ProofFailure && error.kind === "cancelled";
}
