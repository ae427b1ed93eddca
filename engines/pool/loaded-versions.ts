/** The versions that a worker holds open, those it is opening, and those that a new thread has to open again. */
import type { HeadgateError } from "../../protocol/errors.js";
import type { Deferred } from "./deferred.js";

export class LoadedVersions<Source, Report> {
  private readonly sources = new Map<string, Source>();
  private readonly waiting = new Map<string, Deferred<Report>>();
  private reopening = new Set<string>();

  /** What each was opened from, by key. */
  get loaded(): ReadonlyMap<string, Source> {
    return this.sources;
  }

  /** Those it holds, and those that are still being opened in it. */
  get count(): number {
    const opening = [...this.waiting.keys()].filter((key) => !this.sources.has(key));
    return this.sources.size + opening.length;
  }

  /** Somebody waits for one to be opened. */
  get loading(): boolean {
    return this.waiting.size > 0;
  }

  /** One is being opened, for somebody who waits or again after a restart. */
  get opening(): boolean {
    return this.reopening.size > 0 || this.waiting.size > 0;
  }

  /** Waits until it is opened, and holds it then. @param post asks the worker. @throws HeadgateError with the reason */
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

  /** @returns whether it was held before a restart, and is lost */
  refused(key: string, error: HeadgateError): boolean {
    const lost = this.reopening.has(key);
    if (lost) this.sources.delete(key);
    this.settle(key)?.reject(error);
    return lost;
  }

  /** The thread is gone: who waits is told, and what is held is to be opened again. */
  failAll(error: HeadgateError): void {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const each of all) each.reject(error);
  }

  /** A new thread holds nothing yet. @returns what it has to open */
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
