/** The versions that a worker has loaded, those it is loading, and those that it must load again after a restart. */
import type { HeadgateError } from "../../protocol/errors.js";
import type { Deferred } from "./deferred.js";

/** The size of a version, which every source states. */
export interface SourceSize {
  readonly bytes: number;
}

export class LoadedVersions<Source extends SourceSize, Report> {
  private readonly sources = new Map<string, Source>();
  private readonly waiting = new Map<string, Deferred<Report>>();
  private reopening = new Set<string>();

  /** The source that each version was loaded from, by key. */
  get loaded(): ReadonlyMap<string, Source> {
    return this.sources;
  }

  /** Bytes of the files of the loaded versions. */
  get bytes(): number {
    return [...this.sources.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** How many versions are loaded or being loaded. */
  get count(): number {
    const opening = [...this.waiting.keys()].filter((key) => !this.sources.has(key));
    return this.sources.size + opening.length;
  }

  /** Whether a caller waits for a version to be loaded. */
  get loading(): boolean {
    return this.waiting.size > 0;
  }

  /** Whether a version is being loaded, for a caller or again after a restart. */
  get opening(): boolean {
    return this.reopening.size > 0 || this.waiting.size > 0;
  }

  /** Loads a version and keeps its source. @param post sends the request to the worker @throws HeadgateError with the reason */
  async open(key: string, source: Source, post: () => void): Promise<Report> {
    const report = await new Promise<Report>((resolve, reject) => {
      this.waiting.set(key, { resolve, reject });
      post();
    });
    this.sources.set(key, source);
    return report;
  }

  close(key: string): void {
    this.sources.delete(key);
  }

  opened(key: string, report: Report): void {
    this.settle(key)?.resolve(report);
  }

  /** The worker refused to load it. @returns whether it had been loaded before a restart, and is lost now */
  refused(key: string, error: HeadgateError): boolean {
    const lost = this.reopening.has(key);
    if (lost) this.sources.delete(key);
    this.settle(key)?.reject(error);
    return lost;
  }

  /** The thread ended: callers that wait get the error; what was loaded stays listed, to be loaded again. */
  failAll(error: HeadgateError): void {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const each of all) each.reject(error);
  }

  /** A new thread started, with nothing loaded. @returns what it must load again */
  reopen(): ReadonlyMap<string, Source> {
    this.reopening = new Set(this.sources.keys());
    return this.sources;
  }

  private settle(key: string): Deferred<Report> | undefined {
    const waiting = this.waiting.get(key);
    this.waiting.delete(key);
    this.reopening.delete(key);
    return waiting;
  }
}
