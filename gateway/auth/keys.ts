/** Finds the principal (tenant, namespace, weight) that a connection acts for, by its token. */
import { createHash } from "node:crypto";
import type { Config } from "../config/config.js";

export interface Principal {
  readonly tenant: string;
  /** Streams, topics and idempotency keys are shared within a namespace and invisible outside it. */
  readonly namespace: string;
  readonly weight: number;
  /** Milliseconds since the epoch; Infinity for a token that does not expire. */
  readonly expiresAt: number;
}

export class Keys {
  private readonly byHash: ReadonlyMap<string, Principal>;
  private readonly anybody: Principal | undefined;

  constructor(config: Pick<Config, "auth" | "tenants">) {
    const weightOf = (tenant: string) => config.tenants[tenant]?.weight ?? 1;
    this.byHash = new Map(
      config.auth.keys.map(({ sha256, tenant, namespace, expires_at }) => [
        sha256,
        {
          tenant,
          namespace,
          weight: weightOf(tenant),
          expiresAt: expires_at === undefined ? Infinity : Date.parse(expires_at),
        },
      ]),
    );
    if (this.byHash.size === 0)
      this.anybody = {
        tenant: "default",
        namespace: "default",
        weight: weightOf("default"),
        expiresAt: Infinity,
      };
  }

  /** The principal of a token; undefined when a token is required and this one is missing, unknown or expired. */
  principal(token: string | undefined, wallNow: number): Principal | undefined {
    if (this.anybody !== undefined) return this.anybody;
    if (token === undefined) return undefined;
    const found = this.byHash.get(createHash("sha256").update(token).digest("hex"));
    return found !== undefined && found.expiresAt > wallNow ? found : undefined;
  }
}
