import { eventLogConformance } from "../conformance/event-log.js";
import { newFolder, openJournal } from "../support/lmdb.js";

eventLogConformance("LMDB", async (clock, retention) => openJournal(await newFolder(), clock, retention));
