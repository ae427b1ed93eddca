/**
 * Why the disk refused a write: in words for the client that sent the request, and what to do, for the operator who
 * reads the log.
 */

export interface WriteFault {
  /** Holds no path, so that a client may see it. */
  readonly reason: string;
  readonly advice: string;
}

/** The operating system's errors by name, number, and the C library's words: LMDB reports only the last two. */
const known: readonly (WriteFault & {
  readonly names: readonly (string | number)[];
  readonly says: RegExp;
})[] = [
  {
    names: ["ENOSPC", 28],
    says: /no space left/i,
    reason: "no space is left on its disk",
    advice:
      "Free space on the data folder's disk, or give it a larger one. Nothing that is there is damaged.",
  },
  {
    names: ["EFBIG", 27],
    says: /file too large/i,
    reason: "a file may not grow any further",
    advice:
      "Raise the limit of a file's size for the user that runs the gateway (ulimit -f). Nothing that is there is damaged.",
  },
  {
    names: ["EDQUOT", 122],
    says: /quota exceeded/i,
    reason: "its disk quota is used up",
    advice:
      "Raise the quota of the user that runs the gateway, or free space. Nothing that is there is damaged.",
  },
  {
    names: ["EROFS", 30],
    says: /read-only file system/i,
    reason: "its file system is read-only",
    advice:
      "Mount the data folder's file system for writing. A system mounts a disk read-only by itself after errors: look at its log first.",
  },
  {
    names: ["EACCES", 13, "EPERM", 1],
    says: /permission denied|operation not permitted/i,
    reason: "the gateway may not write there",
    advice: "Give the data folder and its files to the user that runs the gateway.",
  },
  {
    names: ["EIO", 5],
    says: /input\/output error/i,
    // LMDB also reports this for a write that ended because the disk was full.
    reason: "its disk is full or broken",
    advice:
      "Free space if the disk is full. If it is not, the system's log tells what is wrong with it: replace it, and put a backup in the data folder's place.",
  },
];

/** Undefined for an error that is no refusal of the disk. */
export function writeFaultOf(error: unknown): WriteFault | undefined {
  const { code, message = String(error) } = error as { code?: string | number; message?: string };
  const found = known.find(
    ({ names, says }) => (code !== undefined && names.includes(code)) || says.test(message),
  );
  return found && { reason: found.reason, advice: found.advice };
}

/** In brackets, to follow a sentence; empty where the error is unknown. */
export function inBrackets(error: unknown): string {
  const fault = writeFaultOf(error);
  return fault === undefined ? "" : ` (${fault.reason})`;
}
