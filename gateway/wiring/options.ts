/** What a gateway is given, and what all its parts share. */
import type { Logger } from "pino";
import { type Clock, systemClock } from "../clock.js";
import type { Config } from "../config/config.js";
import { LogLimit } from "../observe/log-limit.js";
import { Metrics } from "../observe/metrics.js";
import type { Programs } from "../storage/data-folder.js";
import { TurnBudget } from "../turn-budget.js";

export interface GatewayOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  /** The folder of the engines' programs. Default: what was built beside this one. */
  readonly enginePrograms?: URL;
  /** A proving process's. Default: built beside its room. */
  readonly provingProgram?: URL;
  /** Those of the journal. Default: built beside theirs. */
  readonly journalPrograms?: Programs;
  /** The environment's settings, which hold the webhooks' secrets. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface CommonServices {
  readonly config: Config;
  readonly log: Logger;
  /** For lines that clients could cause by the thousand. */
  readonly logLimit: LogLimit;
  readonly clock: Clock;
  /** How much of a turn streams and long answers may take. */
  readonly turns: TurnBudget;
  readonly metrics: Metrics;
}

export function commonOf({ config, log, clock = systemClock }: GatewayOptions): CommonServices {
  return {
    config,
    log,
    logLimit: new LogLimit(clock),
    clock,
    turns: new TurnBudget(clock),
    metrics: new Metrics(),
  };
}
