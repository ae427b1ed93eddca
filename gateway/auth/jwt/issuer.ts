/** A configured issuer in the form in which tokens are checked against it. */
import { type IssuerConfig, refreshMsOf } from "../../config/issuers.js";
import { IssuerKeys, type IssuerKeysDependencies } from "./issuer-keys.js";
import { type Fetch, keySetAt, keySetIn } from "./key-set-source.js";

export interface Issuer {
  readonly settings: IssuerConfig;
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  /** The accepted values of `typ`, in lower case. */
  readonly types: readonly string[];
  readonly keys: IssuerKeys;
}

export function issuerOf(settings: IssuerConfig, fetch: Fetch, dependencies: IssuerKeysDependencies): Issuer {
  const { issuer, audience, algorithms, types, jwks_uri: uri, jwks_file: file = "" } = settings;
  const source = uri === undefined ? keySetIn(file) : keySetAt(uri, fetch);
  const { stale_max_ms: staleMaxMs, unknown_key_cooldown_ms: cooldownMs } = settings;
  const keeping = { issuer, refreshMs: refreshMsOf(settings), staleMaxMs, cooldownMs };
  return {
    settings,
    audiences: typeof audience === "string" ? [audience] : audience,
    algorithms,
    types: types.map((type) => type.toLowerCase()),
    keys: new IssuerKeys(keeping, source, dependencies),
  };
}
