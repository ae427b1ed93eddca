/** What all sessions share. */
import type { Logger } from "pino";
import type { Keys } from "../../auth/keys.js";
import type { Clock } from "../../clock.js";
import type { Config } from "../../config/config.js";
import type { Hub } from "../../events/hub.js";
import type { TopicOwners } from "../../events/topic-owner.js";
import type { LogLimit } from "../../observe/log-limit.js";
import type { Metrics } from "../../observe/metrics.js";
import type { RequestService } from "../../requests/request-service.js";
import type { TurnBudget } from "../../turn-budget.js";
import type { FlushScheduler } from "./flush-scheduler.js";

export interface Services {
  /** Name and version, for `welcome`. */
  readonly server: string;
  readonly config: Config;
  readonly clock: Clock;
  /** How much of a turn work may take. */
  readonly turns: TurnBudget;
  /** The same for what sockets bring, which streams' long work does not use up. */
  readonly intake: TurnBudget;
  readonly flushes: FlushScheduler;
  readonly log: Logger;
  /** For lines that clients could cause by the thousand. */
  readonly logLimit: LogLimit;
  readonly metrics: Metrics;
  readonly keys: Keys;
  readonly requests: RequestService;
  readonly hub: Hub;
  readonly topics: TopicOwners;
}
