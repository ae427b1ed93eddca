/** What a worker runs. The module that its lane names makes it in the worker's thread; no other engine is loaded there. */
import type { ExecutionRequest, ExecutionResult } from "../engine.js";

export interface Host<Source = never, Report = never> {
  /** @throws with the reason when the version cannot be served; nothing of it is kept */
  load?(key: string, source: Source): Promise<Report>;
  unload?(key: string): Promise<void>;
  run(work: ExecutionRequest, aborted: () => boolean): Promise<ExecutionResult>;
}

/** What a host tells outside of its answers. */
export interface HostEvents<Settings> {
  /** Something ran elsewhere than it was asked to. */
  fellBack(message: string): void;
  /** What the lane's next host is to be made with, for this one found out more than it was given. */
  learned(settings: Settings): void;
}

/** @param settings what the wiring gives the lane's hosts; it is copied between threads */
export type OpenHost<Settings, Source = never, Report = never> = (
  settings: Settings,
  news: HostEvents<Settings>,
) => Promise<Host<Source, Report>>;

/** What a module that a lane names exports. */
export interface HostModule<Settings, Source, Report> {
  readonly openHost: OpenHost<Settings, Source, Report>;
}
