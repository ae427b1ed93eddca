/**
 * Logs the use of the journal's size limit: a warning before it is reached, an error when it is, and a line when
 * there is room again.
 */
import type { Logger } from "pino";
import type { Config } from "../config/config.js";
import type { LogLimit } from "../observe/log-limit.js";
import type { Journal } from "../regimes/journal.js";
import { type CapacityLevel, JournalCapacity } from "../regimes/journal-capacity.js";

const remedy =
  "Raise regimes.file_bytes_max, close streams, or keep less of events (regimes.event_age_ms, regimes.topic_events).";

const words: Readonly<Record<CapacityLevel, string>> = {
  roomy: "the journal has room again",
  near: `the journal is nearly full; what would make it grow is refused once it is. ${remedy}`,
  full: `the journal is full: opens and observations are refused until it has shrunk. ${remedy}`,
};

export function journalLimit(
  journal: Pick<Journal, "usedBytes">,
  { regimes: { file_bytes_max } }: Pick<Config, "regimes">,
  log: Logger,
  logLimit: LogLimit,
): JournalCapacity {
  return new JournalCapacity(
    file_bytes_max,
    () => journal.usedBytes,
    (level, used_bytes) =>
      logLimit.report(`journal ${level}`, (times) => {
        const details = { used_bytes, file_bytes_max, times };
        if (level === "full") log.error(details, words.full);
        else if (level === "near") log.warn(details, words.near);
        else log.info(details, words.roomy);
      }),
  );
}
