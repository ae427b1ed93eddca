/** What a worker runs. The module that its lane names creates it in the worker's thread, where no other engine is loaded. */
import type { ExecutionRequest, ExecutionResult } from "../engine.js";

export interface Host<Source = never, Report = never> {
  /** @throws with the reason when the version cannot be served; nothing of it is kept */
  load?(key: string, source: Source): Promise<Report>;
  unload?(key: string): Promise<void>;
  run(work: ExecutionRequest, aborted: () => boolean): Promise<ExecutionResult>;
}

/** Events that a host reports beside the results of its runs. */
export interface HostEvents<Settings> {
  /** Something ran on another backend than the one that was asked for. */
  fellBack(message: string): void;
  /** Settings for the lane's next hosts, which include what this one measured: they need not measure again. */
  learned(settings: Settings): void;
}

/** @param settings what the wiring gives the lane's hosts; it is copied between threads */
export type OpenHost<Settings, Source = never, Report = never> = (
  settings: Settings,
  news: HostEvents<Settings>,
) => Promise<Host<Source, Report>>;

/** The exports of the module that a lane names. */
export interface HostModule<Settings, Source, Report> {
  readonly openHost: OpenHost<Settings, Source, Report>;
}
