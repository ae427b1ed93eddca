/**
 * `headgate compact`: gives the space that was freed inside the data folder's files back to the disk, while no
 * gateway uses the folder.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { answersFile } from "../idempotency/open.js";
import { jobsFile } from "../jobs/lmdb/layout.js";
import { journalFile } from "../regimes/journal/lmdb/open.js";
import { compact } from "../storage/compact.js";
import { builtPrograms, cannotBeUsed, type Programs } from "../storage/data-folder.js";
import { FolderLock } from "../storage/folder-lock.js";
import { faultOf } from "../storage/lmdb/data-file.js";

const files = [journalFile, answersFile, jobsFile];

export function compactCommand(): Command {
  return new Command("compact")
    .description("Shrink the files of a data folder that no gateway is using")
    .option("--data <folder>", "the data folder", "data")
    .action(async ({ data }: { readonly data: string }) => {
      try {
        for (const line of await compactFolder(data)) console.log(line);
      } catch (error) {
        console.error(error instanceof Error ? error.message : String(error));
        process.exitCode = 1;
      }
    });
}

/**
 * @returns what became of each file, in a line each
 * @throws FolderInUseError or DataFolderError; a file without a line is unchanged
 */
export async function compactFolder(
  folder: string,
  { reader }: Pick<Programs, "reader"> = builtPrograms,
): Promise<string[]> {
  const present = files.filter(({ fileName }) => existsSync(join(folder, fileName)));
  if (present.length === 0)
    throw new Error(
      `data: ${folder} holds no ${journalFile.fileName}. Name the folder that the gateway was given (--data).`,
    );
  const lock = await FolderLock.take(folder);
  try {
    const lines: string[] = [];
    for (const { fileName, tables } of present) {
      const path = join(folder, fileName);
      const fault = faultOf(path, reader, tables);
      if (fault !== undefined) throw unusable(path, new Error(fault));
      const { bytesBefore, bytesAfter, records } = await compact(path).catch((error) => {
        throw unusable(path, error);
      });
      lines.push(
        `${fileName}: ${bytesBefore} bytes before, ${bytesAfter} after; ${records} records, each read back`,
      );
    }
    return lines;
  } finally {
    await lock.release();
  }
}

function unusable(path: string, error: unknown): Error {
  return cannotBeUsed(
    path,
    error,
    "It was left as it is. Put a backup in its place if the gateway refuses it too.",
  );
}
