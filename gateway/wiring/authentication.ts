/** Creates what recognises the clients' credentials, from the settings. */
import { ApiKeys } from "../auth/api-keys.js";
import type { Authenticator } from "../auth/authenticator.js";
import { Authenticators } from "../auth/authenticators.js";
import type { CommonServices } from "./options.js";

export function openAuthentication({
  config,
  clock,
  log,
  logLimit,
  metrics,
}: Omit<CommonServices, "turns">): Authenticators {
  const weightOf = (tenant: string) => config.tenants[tenant]?.weight ?? 1;
  const list: Authenticator[] = [];
  if (config.auth.keys.length > 0) list.push(new ApiKeys(config.auth.keys, weightOf, clock));
  return new Authenticators(list, metrics, log, logLimit, weightOf("default"));
}
