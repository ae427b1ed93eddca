/** Journals on disk, each in a folder of its own that is deleted at the end of the test. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Clock } from "../../gateway/clock.js";
import type { Retention } from "../../gateway/events/event-log.js";
import { openLmdbJournal } from "../../gateway/regimes/journal/lmdb/open.js";
import type { Journal } from "../../gateway/regimes/journal.js";
import { builtPrograms } from "./gateway.js";

export const endless: Retention = { countMax: 1_000_000, ageMaxMs: 1e12 };

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-journal-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens a journal that is closed at the end of the test, unless the test closes it before. */
export async function openJournal(folder: string, clock: Clock, retention = endless): Promise<Journal> {
  const journal = await openLmdbJournal(folder, clock, retention, builtPrograms);
  onTestFinished(() => journal.close());
  return journal;
}
