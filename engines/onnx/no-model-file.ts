/** Recognises files that are not models and that people often have in a model's place, and says what to do. */
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { openPlainFile } from "./confinement.js";

/** The first words of the pointer file that git checks out in place of a file stored in git-lfs. */
const pointerStart = "version https://git-lfs.github.com/spec";

/** Recognises from a file's first bytes that it cannot be a model; undefined: the bytes show no fault. */
export async function whyNoModelFile(path: string, shown = path): Promise<string | undefined> {
  const start = await firstBytes(path).catch((error: NodeJS.ErrnoException) => error);
  if (start instanceof Error)
    return start.code === "ENOENT"
      ? `${shown}: there is no such file${await otherNames(path)}`
      : `${shown}: ${start.message.replaceAll(path, shown)}`;
  if (start.length === 0) return `${shown} is empty: copy it again`;
  if (start.toString("latin1").startsWith(pointerStart))
    return `${shown} is a git-lfs pointer, not the model: run "git lfs pull" where it was cloned, and copy the file again`;
  return undefined;
}

/** What a file is whose bytes cannot be read as a model, and how to mend it. */
export async function damagedModel(path: string, cause: unknown): Promise<string> {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return (
    (await whyNoModelFile(path)) ??
    `${path} is no ONNX model, or a damaged one: ${reason}. Export it again, or copy all of it again`
  );
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await openPlainFile(path);
  try {
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(pointerStart.length),
      0,
      pointerStart.length,
      0,
    );
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Names another model file in the same folder, which may have been meant. */
async function otherNames(path: string): Promise<string> {
  const entries = await readdir(dirname(path)).catch((): string[] => []);
  const [other] = entries.filter(
    (entry) => entry.endsWith(".onnx") && !entry.startsWith(".") && entry !== basename(path),
  );
  return other === undefined ? "" : `; rename ${join(dirname(path), other)} to ${basename(path)}`;
}
