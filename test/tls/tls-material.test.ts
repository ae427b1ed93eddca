/** What the files of the `tls` settings must hold before they are served. */
import { describe, expect, it } from "vitest";
import { TlsFilesError } from "../../gateway/tls/tls-files.js";
import { tlsMaterial, validityFault } from "../../gateway/tls/tls-material.js";
import { pem } from "../support/certificates.js";

const settings = { cert: "cert.pem", key: "key.pem", client_ca: "ca.pem", reload_ms: 5_000 };
const material = (cert: string, key: string, client_ca?: string) =>
  tlsMaterial({ cert, key, client_ca }, settings);
const [cert, key] = [pem("server.pem"), pem("server.key")];

function faultOf(...files: Parameters<typeof material>): { kind: string; message: string } {
  try {
    material(...files);
  } catch (error) {
    if (error instanceof TlsFilesError) return { kind: error.kind, message: error.message };
    throw error;
  }
  return { kind: "none", message: "" };
}

describe("files that fit together", () => {
  it("are taken, with the certificate's names and times", () => {
    const { names, validFrom, validUntil } = material(cert, key, pem("authority.pem"));
    expect(names).toBe("DNS:localhost, IP Address:127.0.0.1");
    expect(new Date(validFrom).toISOString()).toBe("2020-01-01T00:00:00.000Z");
    expect(new Date(validUntil).toISOString()).toBe("2126-01-01T00:00:00.000Z");
  });

  it("may hold a chain, comments, Windows' line ends and the key in the same file", () => {
    const chain = `subject=CN = localhost\n${cert}${pem("authority.pem")}`;
    for (const text of [chain, chain.replaceAll("\n", "\r\n"), `${key}${chain}`, chain.trimEnd()])
      expect(faultOf(text, key)).toEqual({ kind: "none", message: "" });
  });

  it("expire with the first certificate of the chain that does", () => {
    const { validUntil } = material(`${cert}${pem("expired.pem")}`, key);
    expect(new Date(validUntil).toISOString()).toBe("2021-01-01T00:00:00.000Z");
  });

  it("are valid from their first moment until just before their last", () => {
    const found = material(cert, key);
    expect(validityFault(found, Date.parse("2019-12-31T23:59:59Z"))).toMatch(/valid only from 2020-01-01/);
    expect(validityFault(found, Date.parse("2020-01-01T00:00:00Z"))).toBeUndefined();
    expect(validityFault(found, Date.parse("2125-12-31T23:59:59Z"))).toBeUndefined();
    expect(validityFault(found, Date.parse("2126-01-01T00:00:00Z"))).toMatch(/expired at 2126-01-01/);
  });
});

describe("files that cannot be served are refused with the setting, the file and what is wrong", () => {
  const half = (text: string) => text.slice(0, text.length / 2);
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const brokenKey = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
  const encryptedOld = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nAAAA\n";
  it.each<[string, string, string, string | undefined, string, RegExp]>([
    ["empty", "", key, undefined, "malformed", /^tls\.cert: cert\.pem holds no whole certificate/],
    ["a key as the certificate", key, key, undefined, "malformed", /^tls\.cert: .*no whole certificate/],
    ["a half-written certificate", half(cert), key, undefined, "malformed", /^tls\.cert: .*no whole/],
    [
      "a half-written chain",
      `${cert}${half(pem("authority.pem"))}`,
      key,
      undefined,
      "malformed",
      /^tls\.cert: .*half written/,
    ],
    ["a chain cut off in its first line", `${cert}-----BEG`, key, undefined, "malformed", /half written/],
    ["a broken certificate", broken, key, undefined, "malformed", /^tls\.cert: .*broken certificate/],
    ["an empty key", cert, "", undefined, "malformed", /^tls\.key: key\.pem holds no private key/],
    ["a certificate as the key", cert, cert, undefined, "malformed", /^tls\.key: .*no private key/],
    ["a half-written key", cert, half(key), undefined, "malformed", /^tls\.key: .*half-written/],
    ["a broken key", cert, brokenKey, undefined, "malformed", /^tls\.key: .*broken/],
    [
      "an encrypted key",
      cert,
      pem("server-encrypted.key"),
      undefined,
      "encrypted",
      /^tls\.key: key\.pem is encrypted .*openssl pkey -in key\.pem/,
    ],
    ["a key encrypted the old way", cert, encryptedOld, undefined, "encrypted", /is encrypted/],
    [
      "the key of another certificate",
      cert,
      pem("renewed.key"),
      undefined,
      "mismatch",
      /^tls\.key: key\.pem is not the key of the certificate in cert\.pem/,
    ],
    [
      "a chain in the wrong order",
      `${pem("authority.pem")}${cert}`,
      key,
      undefined,
      "mismatch",
      /^tls\.cert: the certificate of the key key\.pem must be the first in cert\.pem, and is number 2/,
    ],
    ["empty authorities", cert, key, "", "malformed", /^tls\.client_ca: ca\.pem holds no whole certificate/],
    [
      "half-written authorities",
      cert,
      key,
      `${pem("authority.pem")}${half(pem("other-authority.pem"))}`,
      "malformed",
      /^tls\.client_ca: .*half written/,
    ],
  ])("%s", (_, certText, keyText, authorities, kind, message) => {
    const fault = faultOf(certText, keyText, authorities);
    expect(fault.kind).toBe(kind);
    expect(fault.message).toMatch(message);
  });
});
