import { MemoryJournal } from "../../gateway/regimes/journal/memory-journal.js";
import { eventLogConformance } from "../conformance/event-log.js";

eventLogConformance("memory", (clock, retention) => new MemoryJournal(clock, retention));
