import { vi } from "vitest";
import { eventLogConformance } from "../conformance/event-log.js";
import { newFolder, openJournal } from "../support/lmdb.js";

vi.setConfig({ testTimeout: 90_000 }); // each append waits for the disk

eventLogConformance("LMDB", async (clock, retention) => openJournal(await newFolder(), clock, retention));
