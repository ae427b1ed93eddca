/** Creates what recognises the clients' credentials, from the settings. */
import { join } from "node:path";
import { ApiKeys } from "../auth/api-keys.js";
import type { Authenticator } from "../auth/authenticator.js";
import { Authenticators } from "../auth/authenticators.js";
import { Certificates } from "../auth/certificates.js";
import { issuerOf } from "../auth/jwt/issuer.js";
import { JwtAuthenticator } from "../auth/jwt/jwt-authenticator.js";
import { keyUseFile } from "../auth/key-uses.js";
import { KeysFileAuthenticator } from "../auth/keys-file-authenticator.js";
import type { BasicServices } from "./options.js";

export function openAuthentication({
  config,
  clock,
  log,
  logLimit,
  metrics,
}: Omit<BasicServices, "turns" | "traffic">): Authenticators {
  const weightOf = (tenant: string) =>
    (Object.hasOwn(config.tenants, tenant) ? config.tenants[tenant]?.weight : undefined) ?? 1;
  const list: Authenticator[] = [];
  if (config.auth.keys.length > 0) list.push(new ApiKeys(config.auth.keys, weightOf, clock));
  const keysFile = keysFileAuthenticator({ config, clock, log, metrics }, weightOf);
  if (keysFile !== undefined) list.push(keysFile);
  if (config.auth.issuers.length > 0) list.push(jwtAuthenticator({ config, clock, log, metrics }, weightOf));
  const { certificates } = config.auth;
  if (certificates.length > 0) list.push(new Certificates(certificates, weightOf, clock));
  return new Authenticators(list, metrics, log, logLimit, weightOf("default"));
}

function keysFileAuthenticator(
  { config, clock, log, metrics }: Pick<BasicServices, "config" | "clock" | "log" | "metrics">,
  weightOf: (tenant: string) => number,
): KeysFileAuthenticator | undefined {
  const { keys_file: path, expiry_warning_days: warningDays } = config.auth;
  if (path === undefined) return undefined;
  const authenticator = new KeysFileAuthenticator({
    path,
    usesPath: join(config.data, keyUseFile),
    weightOf,
    clock,
    log,
    reloaded: (outcome) => metrics.keysFile.reloaded(outcome),
    warningDays,
  });
  metrics.keysFile.read(() => authenticator.expiring);
  return authenticator;
}

function jwtAuthenticator(
  { config, clock, log, metrics }: Pick<BasicServices, "config" | "clock" | "log" | "metrics">,
  weightOf: (tenant: string) => number,
): JwtAuthenticator {
  const { issuers, verified_tokens: rememberedMax } = config.auth;
  const attempted = (issuer: string, outcome: string) => metrics.keySets.attempted(issuer, outcome);
  const authenticator = new JwtAuthenticator(
    issuers.map((settings) => issuerOf(settings, fetch, { clock, log, attempted })),
    { clock, weightOf, rememberedMax },
  );
  metrics.keySets.read(() => authenticator.keySetAges);
  return authenticator;
}
