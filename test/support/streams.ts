/** Streams over a journal, with the detector of `detectors.ts` and no models, and the changes that they published. */
import type { LoggedEvent } from "../../gateway/events/event-log.js";
import type { QuotaAccount } from "../../gateway/quotas/quota-account.js";
import type { Journal } from "../../gateway/regimes/journal.js";
import type { JournalCapacity } from "../../gateway/regimes/journal-capacity.js";
import { RegimeStreams } from "../../gateway/regimes/streams.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import type { FakeClock } from "./clock.js";
import { byModel, openly } from "./detectors.js";
import { noModels } from "./models.js";

export function streamsOver(
  journal: Journal,
  clock: FakeClock,
  room?: JournalCapacity,
  accountOf?: (tenant: string) => QuotaAccount,
) {
  const told: LoggedEvent[] = [];
  const streams = new RegimeStreams({
    detectors: [openly, byModel],
    journal,
    clock,
    countMax: 1_000,
    expiryMs: 1e12,
    ...(room && { capacity: room }),
    accountOf,
    fit: async () => undefined,
    turns: new TurnBudget(clock),
    modelsOf: () => noModels,
    publish: (event) => void told.push(event),
  });
  return { streams, told };
}
