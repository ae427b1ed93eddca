/** Locks the data folder and opens the files in it. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Datasets } from "../datasets/datasets.js";
import { datasetsFolder } from "../datasets/file-datasets.js";
import type { AnswerBounds, AnswerStore } from "../idempotency/answer-store.js";
import { openLmdbAnswers } from "../idempotency/open.js";
import type { JobStore } from "../jobs/job-store.js";
import { openProofs } from "../models/open-proofs.js";
import type { Proofs } from "../models/proofs.js";
import { fileName, openLmdbJournal } from "../regimes/journal/lmdb/open.js";
import type { Journal } from "../regimes/journal.js";
import { openTrainingStores } from "../schedules/lmdb/open.js";
import type { ScheduleStore } from "../schedules/schedule-store.js";
import type { Answer } from "../scheduling/queued-request.js";
import { cannotBeUsed, type WriterDecorator } from "../storage/data-folder.js";
import { FolderInUseError, FolderLock } from "../storage/folder-lock.js";
import { makeFilesPrivate, makePrivate } from "../storage/folder-rights.js";
import { StorageHealth } from "../storage/storage-health.js";
import { openDatasets } from "./datasets.js";
import type { CommonServices, GatewayOptions } from "./options.js";

export interface StorageServices {
  readonly journal: Journal;
  readonly answers: AnswerStore<Answer>;
  readonly proofs: Proofs;
  readonly datasets: Datasets;
  readonly jobs: JobStore;
  readonly schedules: ScheduleStore;
  readonly health: StorageHealth;
  /** Closes the files and releases the lock of the folder. */
  close(): Promise<void>;
}

/** @throws FolderInUseError or DataFolderError, with the folder and what to do */
export async function openStorage(common: CommonServices, options: GatewayOptions): Promise<StorageServices> {
  const { config, log, clock, metrics } = common;
  const { journalPrograms } = options;
  const { topic_events: countMax, event_age_ms: ageMaxMs } = config.regimes;
  const { wide, lock } = await takeFolder(config.data);
  const health = storageHealth(common);
  const watch: WriterDecorator = (file, writer) => health.watch(file, writer);
  try {
    const proofs = await openProofs(options);
    const datasets = await openDatasets(common, health);
    const journal = await openLmdbJournal(config.data, clock, { countMax, ageMaxMs }, journalPrograms, watch);
    try {
      const bounds = boundsOf(common);
      const accountOf = (tenant: string) => common.quotas.of(tenant);
      const answers = await openLmdbAnswers<Answer>(
        config.data,
        clock,
        bounds,
        journalPrograms,
        watch,
        accountOf,
      );
      const { jobs, schedules } = await openTrainingStores(config.data, journalPrograms, watch);
      for (const warning of [...wide, ...makeFilesPrivate(config.data)]) log.warn(warning);
      const journalBytesMax = config.regimes.file_bytes_max;
      metrics.storage.read(
        () => fileFigures(config.data, health, journal, datasets, journalBytesMax),
        config.data,
      );
      const close = async () => {
        health.close();
        await journal.close();
        await answers.close();
        await jobs.close();
        await datasets.stop();
        await lock.release();
      };
      return { journal, answers, proofs, datasets, jobs, schedules, health, close };
    } catch (error) {
      await journal.close();
      throw error;
    }
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** @throws FolderInUseError, or DataFolderError with what to do when the disk refuses */
async function takeFolder(folder: string): Promise<{ wide: readonly string[]; lock: FolderLock }> {
  try {
    const wide = makePrivate(folder);
    return { wide, lock: await FolderLock.take(folder) };
  } catch (error) {
    if (error instanceof FolderInUseError) throw error;
    throw cannotBeUsed(folder, error, "Give the gateway a folder that it can write (--data).");
  }
}

function storageHealth({ clock, log }: CommonServices): StorageHealth {
  return new StorageHealth(clock, {
    failed: (file, { reason, advice }, error) =>
      log.error({ file, err: error }, `the data folder cannot be written: ${reason}. ${advice}`),
    recovered: (file) => log.info({ file }, "the data folder can be written again"),
  });
}

function boundsOf({ config: { scheduling } }: CommonServices): AnswerBounds {
  const { idempotency_window_ms, idempotency_answers, idempotency_bytes } = scheduling;
  return { ageMaxMs: idempotency_window_ms, countMax: idempotency_answers, bytesMax: idempotency_bytes };
}

function fileFigures(
  folder: string,
  health: StorageHealth,
  journal: Journal,
  datasets: Datasets,
  journalBytesMax: number,
) {
  return health.figures.map((figures) => ({
    ...figures,
    // 0 when the file does not exist.
    bytes:
      figures.file === datasetsFolder
        ? datasets.bytes.kept
        : (statSync(join(folder, figures.file), { throwIfNoEntry: false })?.size ?? 0),
    usedBytes: figures.file === fileName ? journal.usedBytes : undefined,
    usedBytesMax: figures.file === fileName ? journalBytesMax : undefined,
  }));
}
