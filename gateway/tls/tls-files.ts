/** Reads the files of the `tls` settings. They are read whole at each look: together they have a few kilobytes. */
import { readSmallFile } from "../../small-files/read-small-file.js";
import { SmallFileError } from "../../small-files/small-file-error.js";
import type { Config } from "../config/config.js";

export type TlsSettings = NonNullable<Config["tls"]>;
export type TlsSetting = "cert" | "key" | "client_ca";

/** The contents of the files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly client_ca: string | undefined;
}

/** What is wrong with the files, as the metric of the reloads names it. */
export type TlsFaultKind = "unreadable" | "malformed" | "encrypted" | "mismatch" | "expired";

/** Files that cannot be used. The message begins with the setting, names the file and says what to do. */
export class TlsFilesError extends Error {
  override readonly name = "TlsFilesError";

  constructor(
    readonly kind: TlsFaultKind,
    setting: TlsSetting,
    problem: string,
  ) {
    super(`tls.${setting}: ${problem}`);
  }
}

/** The largest file that is read: the bundle of all public authorities has about a quarter of this. */
const fileBytesMax = 1024 ** 2;

/** @throws TlsFilesError when a file is missing, no plain file, too large, or may not be read */
export async function readTlsFiles(settings: TlsSettings): Promise<TlsFiles> {
  const { client_ca } = settings;
  const cert = await contentOf("cert", settings.cert);
  const key = await contentOf("key", settings.key);
  return {
    cert,
    key,
    client_ca: client_ca === undefined ? undefined : await contentOf("client_ca", client_ca),
  };
}

export function sameFiles(one: TlsFiles, other: TlsFiles): boolean {
  return one.cert === other.cert && one.key === other.key && one.client_ca === other.client_ca;
}

async function contentOf(setting: TlsSetting, path: string): Promise<string> {
  try {
    return (await readSmallFile(path, fileBytesMax)).toString("latin1");
  } catch (error) {
    if (!(error instanceof SmallFileError)) throw error;
    throw new TlsFilesError("unreadable", setting, `${path} ${error.message}`);
  }
}
