/** The options that a gateway is created with, and the services that all its parts share. */
import type { Logger } from "pino";
import type { TrainerEnvironment } from "../../engines/training/trainer-processes.js";
import { type Clock, systemClock } from "../clock.js";
import type { Config } from "../config/config.js";
import { LogLimit } from "../observe/log-limit.js";
import { Metrics } from "../observe/metrics.js";
import { TrafficTap } from "../observe/traffic.js";
import type { QuotaLedger } from "../quotas/quota-ledger.js";
import type { Programs } from "../storage/data-folder.js";
import { TurnBudget } from "../turn-budget.js";

export interface GatewayOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  /** The folder of the engines' programs. Default: the folder that the build puts beside this one. */
  readonly enginePrograms?: URL;
  /** The program of the process that tests new models. Default: built beside its source. */
  readonly provingProgram?: URL;
  /** The programs of the journal's thread. Default: built beside their source. */
  readonly journalPrograms?: Programs;
  /** The environment that trainings run in. Default: the one that is installed. */
  readonly trainerEnvironment?: TrainerEnvironment;
  /** The folder of the page's files. Default: the folder that the build puts beside this one. */
  readonly pageFiles?: URL;
  /** The environment variables, which contain the webhooks' secrets. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface CommonServices {
  readonly config: Config;
  readonly log: Logger;
  /** For log lines that clients could cause by the thousand. */
  readonly logLimit: LogLimit;
  readonly clock: Clock;
  /** How much of an event loop turn streams and long answers may use. */
  readonly turns: TurnBudget;
  readonly metrics: Metrics;
  /** Where requests and batches report while somebody watches. */
  readonly traffic: TrafficTap;
  readonly quotas: QuotaLedger;
}

/** The services that authentication needs; the quotas depend on it. */
export type BasicServices = Omit<CommonServices, "quotas">;

export function basicServices({ config, log, clock = systemClock }: GatewayOptions): BasicServices {
  return {
    config,
    log,
    logLimit: new LogLimit(clock),
    clock,
    turns: new TurnBudget(clock),
    metrics: new Metrics(),
    traffic: new TrafficTap(),
  };
}
