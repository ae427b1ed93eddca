import { HeadgateError } from "../../protocol/errors.js";
import { Gate } from "./gate.js";
import type { ConnectOptions } from "./options.js";
import type { Platform } from "./socket.js";

export type ConnectFunction = (urls?: string | readonly string[], options?: ConnectOptions) => Promise<Gate>;

/** `connect` for a platform. */
export function connectOn(platform: Platform): ConnectFunction {
  return (urls = platform.setting("HEADGATE_URL")?.split(",") ?? [], options = {}) => {
    const list = (typeof urls === "string" ? [urls] : urls).map((url) => url.trim());
    if (list.length === 0)
      throw new HeadgateError(
        "invalid_argument",
        "no address: give one, or set HEADGATE_URL to ws://host:port/v1",
      );
    for (const url of list) requireWebSocketUrl(url);
    return new Gate(list, options, platform).opened();
  };
}

function requireWebSocketUrl(url: string): void {
  if (!URL.canParse(url) || !/^wss?:$/.test(new URL(url).protocol))
    throw new HeadgateError("invalid_argument", `${url}: must be ws://host:port/v1 or wss://host/v1`);
}
