/** What the commands of `headgate keys` print, and where they put a new token. */
import { open, rm } from "node:fs/promises";
import type { CreatedKey } from "../auth/key-changes.js";
import type { KeyRecord } from "../auth/key-records.js";

export interface TokenFlags {
  readonly tokenFile?: string;
  readonly json?: true;
}

/**
 * Makes a key and writes its token to a new file that only its owner can read. The file is made first: where it cannot
 * be, no key is made.
 */
export async function withTokenIn<T extends { readonly token: string; readonly record: KeyRecord }>(
  path: string | undefined,
  make: () => Promise<T>,
): Promise<T> {
  if (path === undefined) return make();
  const file = await open(path, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
    throw new Error(`--token-file: ${path} is there already, and is not overwritten; name a new file`);
  });
  try {
    const made = await make().catch(async (error: unknown) => {
      await rm(path, { force: true });
      throw error;
    });
    await file.writeFile(`${made.token}\n`).catch((error: Error) => {
      const { id } = made.record;
      throw new Error(
        `the key ${id} was made, but its token could not be written: ${error.message}. Revoke it.`,
      );
    });
    return made;
  } finally {
    await file.close();
  }
}

/** The token goes to standard output alone, so that a script can take it; the explanation goes to standard error. */
export function printCreated(
  { record, token }: CreatedKey,
  keys: string,
  { tokenFile, json }: TokenFlags,
): void {
  const { sha256: _, ...shown } = record;
  const where = tokenFile === undefined ? { token } : { token_file: tokenFile };
  if (json === true) return console.log(JSON.stringify({ ...shown, ...where }, null, 2));
  const until = record.expires_at === undefined ? "and does not expire" : `until ${record.expires_at}`;
  console.error(`Key ${record.id} of tenant ${record.tenant} is in ${keys} ${until}.`);
  if (tokenFile !== undefined) return console.error(`Its token is in ${tokenFile}.`);
  console.error("Its token follows. It is kept nowhere and cannot be shown again:");
  console.log(token);
}

/** Prints what went wrong, which says what to do, and exits with 1. */
export async function reporting(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
