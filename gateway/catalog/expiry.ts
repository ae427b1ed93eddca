/** Versions that expire: past its time a version answers nobody, and no other takes its place by itself. Pure. */
import type { Servable } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";

type ExpiringServable = Pick<Servable, "signature" | "expiresTs">;

/** @param wallTs milliseconds since the epoch */
export function isExpired({ expiresTs }: Pick<Servable, "expiresTs">, wallTs: number): boolean {
  return expiresTs !== undefined && wallTs >= expiresTs;
}

/** When it expired and what to do: the reason that requests and `describe` are told. */
export function expiryReason(expiresTs: number): string {
  return `it expired at ${new Date(expiresTs).toISOString()}: train and publish a new version, or promote another one`;
}

/** @throws HeadgateError failed_precondition for a version that has expired */
export function requireUnexpired({ signature, expiresTs }: ExpiringServable, wallTs: number): void {
  if (expiresTs === undefined || wallTs < expiresTs) return;
  throw new HeadgateError(
    "failed_precondition",
    `model: ${signature.name} version ${signature.version} is not asked any more: ${expiryReason(expiresTs)}`,
  );
}
