/** What all sessions share. */
import type { Logger } from "pino";
import type { Keys } from "../../auth/keys.js";
import type { Catalog } from "../../catalog/catalog.js";
import type { Clock } from "../../clock.js";
import type { Config } from "../../config.js";
import type { Hub } from "../../events/hub.js";
import type { TopicOwners } from "../../events/topic-owner.js";
import type { LogLimit } from "../../observe/log-limit.js";
import type { Metrics } from "../../observe/metrics.js";
import type { Journal } from "../../regimes/journal.js";
import type { Streams } from "../../regimes/streams.js";
import type { Descriptions } from "../../requests/descriptions.js";
import type { Inference } from "../../requests/inference.js";
import type { PublicText } from "../../requests/public-text.js";
import type { TurnBudget } from "../../turn-budget.js";

export interface House {
  /** Name and version, for `welcome`. */
  readonly server: string;
  readonly config: Config;
  readonly clock: Clock;
  /** How much of a turn work may take. */
  readonly turns: TurnBudget;
  /** The same for what sockets bring, which streams' long work does not use up. */
  readonly intake: TurnBudget;
  readonly log: Logger;
  /** For what the gateway says of its own failures to a client. */
  readonly publicText: PublicText;
  /** For lines that clients could cause by the thousand. */
  readonly logLimit: LogLimit;
  readonly metrics: Metrics;
  readonly keys: Keys;
  readonly catalog: Catalog;
  readonly descriptions: Descriptions;
  readonly inference: Inference;
  readonly streams: Streams;
  readonly hub: Hub;
  readonly topics: TopicOwners;
  readonly journal: Journal;
}
