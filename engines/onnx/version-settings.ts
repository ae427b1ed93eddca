/** A version's own settings, in the file `version.json` of its folder: when it expires. An operator may write it, too. */
import { join } from "node:path";
import { z } from "zod";
import type { ConfinedFolders } from "./confinement.js";
import { readPlainFile } from "./plain-file.js";

export const versionFile = "version.json";

/** Limit in bytes on the file: 64 KiB. */
const versionFileBytesMax = 65_536;

export interface VersionSettings {
  /** Milliseconds since the epoch at which the version expires; absent: never. */
  readonly expiresTs?: number;
}

const settings = z.strictObject({
  expires_at: z.iso
    .datetime({ offset: true, error: "must be an ISO 8601 time such as 2027-01-31T12:00:00Z" })
    .optional(),
});

/**
 * @param path the folder with the version's files
 * @param folders the file must lie in one of them once all links are followed
 * @throws with the reason and the remedy: a version whose expiry cannot be read must not serve as if it had none
 */
export async function readVersionSettings(path: string, folders: ConfinedFolders): Promise<VersionSettings> {
  const file = join(path, versionFile);
  try {
    const parsed = settings.safeParse(JSON.parse(await readPlainFile(file, versionFileBytesMax, folders)));
    if (!parsed.success) throw new Error(z.prettifyError(parsed.error).replaceAll(/\s+/g, " "));
    const { expires_at: expiresAt } = parsed.data;
    return expiresAt === undefined ? {} : { expiresTs: Date.parse(expiresAt) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file} cannot be used: mend it, or remove it. ${reason}`, { cause: error });
  }
}

/** The text of the file. */
export function versionSettingsText({ expiresTs }: VersionSettings): string {
  const expiry = expiresTs === undefined ? {} : { expires_at: new Date(expiresTs).toISOString() };
  return `${JSON.stringify(expiry, null, 2)}\n`;
}
