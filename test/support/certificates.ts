/** The test certificates, made by `certificates/make.sh`. Their keys are no secrets; they hold until 2126. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The path of a file in the folder of certificates, such as `server.pem`. */
export function certificateFile(name: string): string {
  return fileURLToPath(new URL(`./certificates/${name}`, import.meta.url));
}

/** The content of a file in the folder of certificates, such as `server.key`. */
export function pem(name: string): string {
  return readFileSync(certificateFile(name), "utf8");
}

/** The authority that signed the gateways' certificates and, but for `stranger`, the agents'. */
export const authority = pem("authority.pem");

/** The certificate and key of one name, as `tls.connect` and servers take them. */
export function pair(name: string): { readonly cert: string; readonly key: string } {
  return { cert: pem(`${name}.pem`), key: pem(`${name}.key`) };
}

/** The same as settings of a gateway. */
export function pairFiles(name: string): { readonly cert: string; readonly key: string } {
  return { cert: certificateFile(`${name}.pem`), key: certificateFile(`${name}.key`) };
}
