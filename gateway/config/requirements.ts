/** Checks of a config that its schema cannot express: the secrets exist, and the address is safe to listen on. */
import type { Config } from "./config.js";
import { ConfigError } from "./parse.js";

/** @throws ConfigError when a webhook's secret is not in the environment, or two webhooks have the same name */
export function requireSecrets(
  { webhooks }: Pick<Config, "webhooks">,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const names = new Set<string>();
  for (const [i, { name, secret_env }] of webhooks.entries()) {
    if ((environment[secret_env] ?? "").length < 16)
      throw new ConfigError(
        `webhooks.${i}.secret_env: the environment's ${secret_env} must hold a secret of at least 16 characters`,
      );
    if (names.has(name)) throw new ConfigError(`webhooks.${i}.name: ${name} is another webhook's name too`);
    names.add(name);
  }
}

const loopback = new Set(["127.0.0.1", "::1", "localhost"]);

/**
 * Without keys and issuers everybody who reaches the port may use the gateway, so it must listen on the loopback address only.
 */
export function requireSafeBinding(config: Config, insecure: boolean): void {
  if (insecure || config.auth.keys.length > 0 || config.auth.issuers.length > 0 || loopback.has(config.host))
    return;
  throw new ConfigError(
    `host: ${config.host} can be reached from other machines and neither auth.keys nor auth.issuers are configured. ` +
      "Configure one of them, bind 127.0.0.1, or pass --insecure if anybody may use this gateway.",
  );
}
