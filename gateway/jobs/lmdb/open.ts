/** Opens the file of jobs in a data folder. */
import type { Programs, WriterDecorator } from "../../storage/data-folder.js";
import { TableFile } from "../../storage/lmdb/table-file.js";
import type { JobStore } from "../job-store.js";
import { jobsFile } from "./layout.js";
import { LmdbJobStore } from "./lmdb-job-store.js";

/** @throws DataFolderError naming the file and what to do */
export function openLmdbJobs(
  folder: string,
  programs?: Programs,
  watch?: WriterDecorator,
): Promise<JobStore> {
  return TableFile.open(folder, jobsFile, (file) => new LmdbJobStore(file), programs, watch);
}
