import { MemoryLog } from "../../gateway/regimes/journal/memory-log.js";
import { eventLogConformance } from "../conformance/event-log.js";

eventLogConformance("memory", (clock, retention) => new MemoryLog(clock, retention));
