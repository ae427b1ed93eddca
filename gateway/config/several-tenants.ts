/** Whether several tenants may share the gateway. Their number decides what one of them may take of it. Pure. */
import type { Config } from "./config.js";

/**
 * Keys and certificates name their tenants. A keys file changes while the gateway runs, and the tokens of an issuer
 * without a list name any tenant: with either there may be several at any time.
 */
export function maySeveralTenantsShare(auth: Config["auth"]): boolean {
  const { keys, certificates, keys_file, issuers } = auth;
  if (keys_file !== undefined || issuers.some(({ tenants }) => tenants === undefined)) return true;
  const tenants = new Set([...keys, ...certificates].map(({ tenant }) => tenant));
  for (const issuer of issuers) for (const tenant of issuer.tenants ?? []) tenants.add(tenant);
  return tenants.size > 1;
}
