/** Ed25519 keys in PEM, as `headgate models keygen` and openssl write them. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { readSmallFileSync } from "../../../small-files/read-small-file.js";
import { SmallFileError } from "../../../small-files/small-file-error.js";

/** Limit on the bytes of a file with a key's PEM. */
const pemBytesMax = 16_384;

export interface TrustedKey {
  readonly id: string;
  readonly pem: string;
}

/** The first half of the SHA-256 of the public key. */
export function keyId(key: KeyObject): string {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  const der = publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("hex").slice(0, 32);
}

/**
 * @param given a public key in PEM, or the path of a file with one
 * @throws saying what it is instead, and what to give; a private key is never shown
 */
export function trustedKey(given: string): TrustedKey {
  const pem = isPem(given) ? given : readPem(given);
  const shown = isPem(given) ? "the inline key" : given;
  if (/PRIVATE KEY/.test(pem))
    throw new Error(`${shown} is a private key, which belongs to who signs: give the public one`);
  const key = parsed(() => createPublicKey(pem), shown, "public");
  return { id: keyId(key), pem: key.export({ type: "spki", format: "pem" }).toString() };
}

/** @throws saying what the file is instead, and what to do */
export function signingKey(path: string): KeyObject {
  const pem = readPem(path);
  if (/PUBLIC KEY/.test(pem)) throw new Error(`${path} is a public key: give the private one to sign with`);
  if (/ENCRYPTED/.test(pem))
    throw new Error(
      `${path} is encrypted: write it in the clear first, openssl pkey -in ${path} -out key.pem`,
    );
  return parsed(() => createPrivateKey(pem), path, "private");
}

/** A new pair of keys in PEM. */
export function newKeys(): { readonly id: string; readonly privatePem: string; readonly publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    id: keyId(publicKey),
    privatePem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

function isPem(text: string): boolean {
  return text.trimStart().startsWith("-----BEGIN");
}

function readPem(path: string): string {
  try {
    return readSmallFileSync(path, pemBytesMax).toString("utf8");
  } catch (error) {
    if (!(error instanceof SmallFileError)) throw error;
    if (error.fault === "too_large") throw new Error(`${path} is no key: it ${error.message}`);
    throw new Error(`${path} cannot be read: it ${error.message}`);
  }
}

function parsed(parse: () => KeyObject, shown: string, kind: "private" | "public"): KeyObject {
  const make =
    kind === "private"
      ? "openssl genpkey -algorithm ed25519 -out key.pem"
      : "openssl pkey -in key.pem -pubout";
  let key: KeyObject;
  try {
    key = parse();
  } catch {
    throw new Error(`${shown} is no ${kind} key in PEM: make one with ${make}, or headgate models keygen`);
  }
  if (key.asymmetricKeyType !== "ed25519")
    throw new Error(
      `${shown} is a key of ${key.asymmetricKeyType}, and ed25519 is needed: make one with ${make}`,
    );
  return key;
}
