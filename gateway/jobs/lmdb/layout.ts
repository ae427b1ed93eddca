/** The file of jobs, its tables, and the form of the keys in them. The number in a table's name is its form. */
import type { TableFileForm } from "../../storage/lmdb/table-file.js";

/**
 * `jobs` [job] to the record; `inputs` [job, 0] to the list of the tensors, and [job, 1 and so on] to their bytes in
 * pieces; `details` [job, name] to the history, the fitted attributes and the checkpoint; `schedules` [namespace, name] to
 * the record of what submits jobs by itself.
 */
export const jobTables = ["jobs-1", "inputs-1", "details-1", "schedules-1"] as const;
export const [jobsName, inputsName, detailsName, schedulesName] = jobTables;
export type JobTableName = (typeof jobTables)[number];

export const jobsFileName = "jobs.mdb";

export const jobsFile: TableFileForm<JobTableName> = {
  fileName: jobsFileName,
  tables: jobTables,
  damaged:
    "Put a backup in its place, or move it away: then the list of trainings begins anew, and those that waited are lost, and the schedules.",
};

export type DetailName = "checkpoint" | "history" | "outputs";

/** Bytes of a piece of the inputs: one transaction writes one, so that a large table does not hold up the thread. */
export const pieceBytes = 4 * 1024 * 1024;

/** The keys of one job in a table: from `key` to before `end`. */
interface KeyRange {
  readonly key: (string | number)[];
  readonly end: (string | number)[];
}

export const inputsRange = (job: string): KeyRange => ({
  key: [job, 0],
  end: [job, Number.MAX_SAFE_INTEGER],
});

export const detailsRange = (job: string): KeyRange => ({
  key: [job, ""],
  end: [job, "~"],
});
