import { MemoryJournal } from "../../gateway/regimes/journal/memory-journal.js";
import { eventLogConformance } from "../conformance/event-log.js";
import { DelayedLog } from "../support/delayed-log.js";

eventLogConformance(
  "delayed reads",
  (clock, retention) => new DelayedLog(new MemoryJournal(clock, retention), clock, [0, 3, 1, 0, 2, 5]),
);
