import { HeadgateError } from "../../protocol/errors.js";
import { Gate } from "./gate.js";
import type { ConnectOptions } from "./options.js";
import type { Platform } from "./socket.js";

/** What `connect` of a platform does. */
export function connectOn(
  platform: Platform,
  urls: string | readonly string[] | undefined,
  options: ConnectOptions,
): Promise<Gate> {
  const given = urls ?? platform.setting("HEADGATE_URL")?.split(",") ?? [];
  const list = (typeof given === "string" ? [given] : given).map((url) => url.trim());
  if (list.length === 0)
    throw new HeadgateError(
      "invalid_argument",
      "no address: give one, or set HEADGATE_URL to ws://host:port/v1",
    );
  for (const url of list) requireWebSocketUrl(url);
  if (options.tls !== undefined) requireTls(list, platform);
  const gate = new Gate(list, options, platform);
  return options.wait === false ? Promise.resolve(gate) : gate.opened();
}

/** Who gives certificates expects the connection to be encrypted. */
function requireTls(urls: readonly string[], { takesCertificates }: Platform): void {
  if (!takesCertificates)
    throw new HeadgateError(
      "invalid_argument",
      "tls: in a page the browser decides whom it trusts; leave it out",
    );
  const plain = urls.find((url) => url.startsWith("ws:"));
  if (plain !== undefined)
    throw new HeadgateError(
      "invalid_argument",
      `tls: ${plain} is not encrypted: write wss://, or leave \`tls\` out`,
    );
}

function requireWebSocketUrl(url: string): void {
  if (!URL.canParse(url) || !/^wss?:$/.test(new URL(url).protocol))
    throw new HeadgateError("invalid_argument", `${url}: must be ws://host:port/v1 or wss://host/v1`);
}
