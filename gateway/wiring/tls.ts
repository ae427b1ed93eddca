/** TLS of the gateway's ports, from the `tls` settings. */
import { ConfigError } from "../config/parse.js";
import { ServerTls } from "../tls/server-tls.js";
import type { CommonServices } from "./options.js";

/**
 * @returns undefined where no TLS is configured
 * @throws ConfigError when the files cannot be used
 */
export async function openTls({
  config,
  clock,
  log,
  metrics,
}: CommonServices): Promise<ServerTls | undefined> {
  if (config.tls === undefined && config.metrics.tls)
    throw new ConfigError("metrics.tls: needs a certificate: give tls.cert and tls.key");
  if (config.tls === undefined) return undefined;
  return ServerTls.open(config.tls, { clock, log, metrics: metrics.tls });
}
