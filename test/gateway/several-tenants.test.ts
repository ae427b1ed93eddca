import { describe, expect, it } from "vitest";
import { configSchema } from "../../gateway/config/config.js";
import { fitLimits } from "../../gateway/scheduling/fit-limits.js";
import { jobLimits } from "../../gateway/wiring/training-engine.js";

const key = (tenant: string) => ({ sha256: "0".repeat(64), tenant });
const certificate = (tenant: string) => ({ subject_alt_name: `DNS:${tenant}.desk`, tenant });
const issuer = (tenants?: string[]) => ({
  issuer: "https://issuer.example",
  audience: "headgate",
  jwks_file: "keys.json",
  ...(tenants && { tenants }),
});

/** What one tenant may take, and what there is. */
function shareOf(auth: object) {
  const config = configSchema.parse({ auth, engine: { numeric_workers: 3 }, training: { processes: 4 } });
  const fits = fitLimits(config);
  return {
    trainings: jobLimits(config).tenantRunningMax,
    fits: Math.min(fits.ofTenant, fits.workers),
    workers: fits.workers,
  };
}

const alone = { trainings: 4, fits: 3, workers: 3 };
const shared = { trainings: 3, fits: 3, workers: 4 };

describe("what one tenant may take", () => {
  it.each([
    ["without credentials", {}],
    ["keys of one tenant", { keys: [key("alpha"), key("alpha")] }],
    ["a key and a certificate of one tenant", { keys: [key("alpha")], certificates: [certificate("alpha")] }],
    ["an issuer whose tokens name one tenant", { issuers: [issuer(["alpha"])] }],
  ])("is all with %s", (_, auth) => {
    expect(shareOf(auth)).toEqual(alone);
  });

  it.each([
    ["keys of two", { keys: [key("alpha"), key("beta")] }],
    ["a key and a certificate of two", { keys: [key("alpha")], certificates: [certificate("beta")] }],
    ["certificates of two", { certificates: [certificate("alpha"), certificate("beta")] }],
    ["a keys file, to which keys of any tenant are added", { keys_file: "keys.json" }],
    ["an issuer whose tokens name any tenant", { issuers: [issuer()] }],
    ["an issuer whose tokens name two tenants", { issuers: [issuer(["alpha", "beta"])] }],
    ["a key and an issuer of two", { keys: [key("alpha")], issuers: [issuer(["beta"])] }],
  ])("leaves some for another with %s", (_, auth) => {
    expect(shareOf(auth)).toEqual(shared);
  });
});
