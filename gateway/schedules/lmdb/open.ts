/** Opens the file of jobs in a data folder, with the schedules in it. */

import type { JobStore } from "../../jobs/job-store.js";
import { jobsFile } from "../../jobs/lmdb/layout.js";
import { LmdbJobStore } from "../../jobs/lmdb/lmdb-job-store.js";
import type { Programs, WriterDecorator } from "../../storage/data-folder.js";
import { TableFile } from "../../storage/lmdb/table-file.js";
import { SerialQueue } from "../../waiting/serial.js";
import type { ScheduleStore } from "../schedule-store.js";
import { LmdbScheduleStore } from "./lmdb-schedule-store.js";

export interface TrainingStores {
  /** Closing it closes the file. */
  readonly jobs: JobStore;
  readonly schedules: ScheduleStore;
}

/** @throws DataFolderError naming the file and what to do */
export function openTrainingStores(
  folder: string,
  programs?: Programs,
  watch?: WriterDecorator,
): Promise<TrainingStores> {
  const writes = new SerialQueue();
  const stores = (file: TableFile<(typeof jobsFile.tables)[number]>) => ({
    jobs: new LmdbJobStore(file, writes),
    schedules: new LmdbScheduleStore(file, writes),
  });
  return TableFile.open(folder, jobsFile, stores, programs, watch);
}
