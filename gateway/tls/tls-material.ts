/** Checks what the files hold before it is served: certificate, key and authorities that fit together. Pure. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { type TlsFiles, TlsFilesError, type TlsSetting, type TlsSettings } from "./tls-files.js";

/** A certificate with its key that can be served, and the authorities of the clients' certificates. */
export interface TlsMaterial {
  readonly files: TlsFiles;
  /** The names that the certificate was made for, as OpenSSL writes them. */
  readonly names: string | undefined;
  /** Milliseconds since the epoch from which and until which the whole chain is valid. */
  readonly validFrom: number;
  readonly validUntil: number;
}

/** @throws TlsFilesError when the files cannot be served, with the setting and what to do */
export function tlsMaterial(files: TlsFiles, settings: TlsSettings): TlsMaterial {
  const chain = certificatesIn("cert", files.cert, settings.cert);
  const [leaf] = chain as [X509Certificate];
  const key = privateKey(files.key, settings.key);
  requirePair(chain, key, settings);
  if (files.client_ca !== undefined) certificatesIn("client_ca", files.client_ca, settings.client_ca ?? "");
  requireContext(files, settings);
  return {
    files,
    names: leaf.subjectAltName,
    validFrom: Math.max(...chain.map(({ validFrom }) => Date.parse(validFrom))),
    validUntil: Math.min(...chain.map(({ validTo }) => Date.parse(validTo))),
  };
}

/** Why the certificate is not valid at this time; undefined when it is. */
export function validityFault({ validFrom, validUntil }: TlsMaterial, wall: number): string | undefined {
  if (wall >= validUntil) return `the certificate expired at ${new Date(validUntil).toISOString()}`;
  if (wall < validFrom) return `the certificate is valid only from ${new Date(validFrom).toISOString()}`;
  return undefined;
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
/** The beginning of a certificate without its end, or a line that breaks off within a BEGIN or END. */
const brokenOff = /^-----(?:BEGIN CERTIFICATE|(?!(?:BEGIN|END) [A-Z0-9 ]+-----\s*$))/m;

function certificatesIn(setting: TlsSetting, pem: string, path: string): X509Certificate[] {
  const blocks = pem.match(certificateBlock) ?? [];
  if (blocks.length === 0)
    throw new TlsFilesError(
      "malformed",
      setting,
      `${path} holds no whole certificate in PEM (-----BEGIN CERTIFICATE-----)`,
    );
  // OpenSSL takes no notice of a second certificate that is cut off.
  if (brokenOff.test(pem.replace(certificateBlock, "")))
    throw new TlsFilesError("malformed", setting, `${path} ends within a certificate: it is half written`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    throw new TlsFilesError("malformed", setting, `${path} holds a broken certificate: ${wordsOf(error)}`);
  }
}

function privateKey(pem: string, path: string): KeyObject {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem))
    throw new TlsFilesError(
      "encrypted",
      "key",
      `${path} is encrypted with a passphrase, which the gateway has no way to ask for: decrypt it with ` +
        `openssl pkey -in ${path} -out NEW_FILE, and let only the gateway's user read it`,
    );
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
    throw new TlsFilesError(
      "malformed",
      "key",
      `${path} holds no private key in PEM (-----BEGIN PRIVATE KEY-----)`,
    );
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new TlsFilesError(
      "malformed",
      "key",
      `${path} holds a broken or half-written private key: ${wordsOf(error)}`,
    );
  }
}

function requirePair(
  chain: readonly X509Certificate[],
  key: KeyObject,
  { cert, key: path }: TlsSettings,
): void {
  const at = chain.findIndex((certificate) => certificate.checkPrivateKey(key));
  if (at === 0) return;
  if (at > 0)
    throw new TlsFilesError(
      "mismatch",
      "cert",
      `the certificate of the key ${path} must be the first in ${cert}, and is number ${at + 1}`,
    );
  throw new TlsFilesError("mismatch", "key", `${path} is not the key of the certificate in ${cert}`);
}

/** OpenSSL refuses more than is checked above, such as keys that are too short. */
function requireContext({ cert, key, client_ca }: TlsFiles, { cert: path }: TlsSettings): void {
  try {
    createSecureContext({ cert, key, ...(client_ca !== undefined && { ca: client_ca }) });
  } catch (error) {
    throw new TlsFilesError(
      "malformed",
      "cert",
      `${path} and its key are refused by OpenSSL: ${wordsOf(error)}`,
    );
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
