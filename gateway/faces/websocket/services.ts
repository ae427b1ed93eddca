/** The services that all sessions share. */
import type { Logger } from "pino";
import type { Authenticators } from "../../auth/authenticators.js";
import type { OriginRule } from "../../auth/origin-rule.js";
import type { Clock } from "../../clock.js";
import type { Config } from "../../config/config.js";
import type { Hub } from "../../events/hub.js";
import type { TopicOwners } from "../../events/topic-owner.js";
import type { LogLimit } from "../../observe/log-limit.js";
import type { Metrics } from "../../observe/metrics.js";
import type { QuotaLedger } from "../../quotas/quota-ledger.js";
import type { RequestService } from "../../requests/request-service.js";
import type { TurnBudget } from "../../turn-budget.js";
import type { WatchHub } from "../../watch/watch-hub.js";
import type { FlushScheduler } from "./flush-scheduler.js";

export interface Services {
  /** The name and version for the `welcome` frame. */
  readonly server: string;
  readonly config: Config;
  readonly clock: Clock;
  /** How much of a turn answers and events may use. */
  readonly turns: TurnBudget;
  /** The same for received frames, in a budget of its own, so that long work of streams does not use it up. */
  readonly intake: TurnBudget;
  readonly flushes: FlushScheduler;
  readonly log: Logger;
  /** For log lines that clients could cause by the thousand. */
  readonly logLimit: LogLimit;
  readonly metrics: Metrics;
  readonly authenticators: Authenticators;
  /** The rule of Host and Origin, which stands before every request and upgrade. */
  readonly origins: OriginRule;
  readonly quotas: Pick<QuotaLedger, "of">;
  readonly requests: RequestService;
  readonly hub: Hub;
  readonly topics: TopicOwners;
  readonly watches: WatchHub;
}
