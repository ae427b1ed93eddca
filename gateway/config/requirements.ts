/** Checks of a config that its schema cannot express: the secrets exist, and the address is safe to listen on. */
import { BlockList, isIP } from "node:net";
import { type TrustedKey, trustedKey } from "../../engines/onnx/signing/keys.js";
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

/**
 * The keys whose signatures of models are trusted.
 * @throws ConfigError naming the entry that is not a public key; its text is not shown
 */
export function trustedKeysOf({ trusted_keys: given }: Config["repository"]): TrustedKey[] {
  return given.map((each, i) => {
    try {
      return trustedKey(each);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ConfigError(`repository.trusted_keys.${i}: ${reason}`);
    }
  });
}

/** @throws ConfigError when certificates are to be recognised that no client is asked for, or a name stands there twice */
export function requireCertificates({ auth, tls }: Pick<Config, "auth" | "tls">): void {
  if (auth.certificates.length > 0 && tls?.client_ca === undefined)
    throw new ConfigError("auth.certificates: clients are asked for a certificate only with tls.client_ca");
  const names = new Set<string>();
  for (const [i, { subject_alt_name: name }] of auth.certificates.entries()) {
    if (names.has(name))
      throw new ConfigError(`auth.certificates.${i}.subject_alt_name: ${name} occurs twice`);
    names.add(name);
  }
}

/** The addresses that only this machine reaches: 127.0.0.0/8, ::1, and the former as an IPv6 address. */
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host.toLowerCase() === "localhost";
  return loopback.check(host, version === 6 ? "ipv6" : "ipv4");
}

/**
 * Whether clients must show a credential: an API key, a token of an issuer, or a certificate. A keys file counts even
 * while it holds no key: it then accepts nobody.
 */
function asksForCredentials({ keys, keys_file, issuers, certificates }: Config["auth"]): boolean {
  return keys.length + issuers.length + certificates.length > 0 || keys_file !== undefined;
}

/**
 * Beyond the loopback address the gateway must speak TLS, because tokens would otherwise be readable on the network, and
 * must know who may use it.
 */
export function requireSafeBinding(config: Config, insecure: boolean): void {
  if (insecure) return;
  const problems: string[] = [];
  if (!isLoopback(config.host)) {
    if (config.tls === undefined)
      problems.push(
        `host: ${unsafe(config.host)} without TLS, so that tokens and data are readable on the network`,
      );
    if (!asksForCredentials(config.auth))
      problems.push(
        `host: ${unsafe(config.host)}, and no auth.keys, auth.keys_file, auth.issuers or auth.certificates say who may use it`,
      );
  }
  const { host, port, sha256, tls } = config.metrics;
  const hasToken = sha256 !== undefined || asksForCredentials(config.auth);
  if (port !== undefined && hasToken && !tls && !isLoopback(host))
    problems.push(
      `metrics.host: ${unsafe(host)} without metrics.tls, so that scrapers' tokens are readable on the network`,
    );
  if (problems.length > 0) throw new ConfigError(`${problems.join("\n")}\n${advice}`);
}

function unsafe(host: string): string {
  return `${host} can be reached from other machines`;
}

const advice =
  "Configure tls.cert and tls.key (and credentials under auth, and metrics.tls), or bind 127.0.0.1, or pass --insecure if a proxy before this " +
  "gateway ends TLS and nobody else reaches the port, or if anybody may use it.";
