/**
 * The manifest of a version: what its files are, and whose they are. The signature beside it is made over exactly its
 * bytes. Pure.
 */
import { z } from "zod";

export const manifestFile = "manifest.json";
export const signatureFile = "manifest.sig";
/** The files of a version that its manifest does not list. */
export const signatureFiles: readonly string[] = [manifestFile, signatureFile];

/** Limit in bytes: 4 MiB, for as many files as a version may have. */
export const manifestBytesMax = 4 * 1_048_576;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const manifestSchema = z.strictObject({
  format: z.literal("headgate-manifest-1"),
  model: z.string(),
  version: z.int().min(1),
  /** When it was signed, in ISO 8601. */
  created: z.string(),
  /** The id of the key that signed it. */
  key_id: z.string(),
  /** The graph's file, relative to the version's folder. */
  graph: z.string(),
  /** Of the model's config without the settings that an operator changes while the model serves. */
  settings_sha256: sha256,
  /** Of the model's README.md; null where it has none. */
  card_sha256: sha256.nullable(),
  /** Every file of the version but those that begin with a dot or lie in such a folder, sorted by path. */
  files: z.array(z.strictObject({ path: z.string(), bytes: z.int().min(0), sha256 })).min(1),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestFile = Manifest["files"][number];

/** @throws when the bytes are not a manifest of a format that is known here */
export function parseManifest(bytes: Uint8Array): Manifest {
  const parsed = manifestSchema.safeParse(
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)),
  );
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  return parsed.data;
}

export function manifestBytes(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
}

/** The id that an unverified manifest claims, for a message. */
export function claimedKey(bytes: Uint8Array): string {
  try {
    const { key_id: id } = JSON.parse(new TextDecoder().decode(bytes)) as { key_id?: unknown };
    return typeof id === "string" && /^[0-9a-f]{1,64}$/.test(id) ? id : "without an id";
  } catch {
    return "without an id";
  }
}

/** Whether a file of the version's folder is one of those that the manifest lists. */
export function isListed(name: string): boolean {
  return !signatureFiles.includes(name) && !name.split("/").some((part) => part.startsWith("."));
}

/** The first file by which a folder differs from its manifest in names or sizes; undefined: none does. */
export function differingFile(
  manifest: Manifest,
  found: readonly Pick<ManifestFile, "path" | "bytes">[],
): string | undefined {
  const sizes = new Map(found.map(({ path, bytes }) => [path, bytes]));
  for (const { path, bytes } of manifest.files) {
    const size = sizes.get(path);
    if (size === undefined) return `${path} is missing`;
    if (size !== bytes) return `${path} differs: it has ${size} bytes, and ${bytes} were signed`;
    sizes.delete(path);
  }
  const [extra] = sizes.keys();
  return extra === undefined ? undefined : `${extra} is extra: it was not signed`;
}
