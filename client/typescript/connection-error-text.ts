/** What went wrong on the way to a gateway, in words that say what to do. The Python client says the same. */
import type { IncomingMessage } from "node:http";
import { tlsText } from "./tls-error-text.js";

/** A failed handshake names what it met in its code, or, where Node's code is only EPROTO, in its message. */
type ConnectionError = Error & { readonly code?: string };

/** @param hasCertificate whether the client showed a certificate of its own */
export function connectionErrorText(error: ConnectionError, url: string, hasCertificate = false): string {
  const code = error.code ?? "";
  const tls = url.startsWith("wss:") ? tlsText(error, hasCertificate) : undefined;
  if (tls !== undefined) return `TLS: ${tls}`;
  const cutShort = code === "ECONNRESET" && error.message === "socket hang up"; // what a TLS port does with plain HTTP
  if (code.startsWith("HPE_") || (cutShort && url.startsWith("ws:")))
    return "the answer is no HTTP: is this a gateway, and does the port speak TLS (wss://)?";
  if (code === "" && error.message.startsWith("WebSocket was closed before"))
    return "nobody answered in time: check the address, whether a firewall drops the packets, and whether the gateway hangs";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return (
      `DNS: the host's name could not be resolved (${code}): check how it is written, and that this machine or ` +
      "container can resolve it"
    );
  return textsOfCodes.get(code) ?? (error.message || code);
}

const textsOfCodes: ReadonlyMap<string, string> = new Map([
  [
    "ECONNREFUSED",
    "nothing listens there (connection refused): is the gateway running, is the address right?",
  ],
  [
    "ECONNRESET",
    "the connection was reset before an answer: is this a gateway, does a firewall stand between, and does the port " +
      "speak TLS (wss://)?",
  ],
  ["EHOSTUNREACH", "there is no way to this host from here: check the address and the network"],
  ["ENETUNREACH", "there is no way to this network from here: check the address and the network"],
  ["ETIMEDOUT", "the host did not answer: check the address, and whether a firewall drops the packets"],
]);

const gatewayBehindProxy =
  "a proxy answers, and the gateway behind it does not: is it running, does the proxy know its address?";
const textsOfStatuses: ReadonlyMap<number, string> = new Map([
  [400, "no valid request for a WebSocket arrived: does a proxy between pass WebSockets on?"],
  [
    401,
    "the token is missing, wrong or expired: set HEADGATE_TOKEN, or give `token`; where tokens expire, a function " +
      "that gives a fresh one",
  ],
  [403, "this token may not connect, or a proxy forbids it: ask whoever runs the gateway"],
  [404, "nothing is served at this path: the path of a gateway's address is /v1, as in ws://host:8470/v1"],
  [426, "no request for a WebSocket arrived: does a proxy between pass WebSockets on?"],
  [429, "there are too many connections or attempts: close some, or wait"],
  [502, gatewayBehindProxy],
  [503, "the gateway, or a proxy before it, takes no connection now: it starts, drains or is full"],
  [504, gatewayBehindProxy],
]);

/** What an HTTP answer in place of a WebSocket means. No redirect is followed: it would carry the token elsewhere. */
export function refusalText({ statusCode: status = 0, headers }: IncomingMessage): string {
  if (status >= 300 && status < 400) {
    const to = headers.location === undefined ? "" : ` to ${headers.location}`;
    return (
      `HTTP ${status}, a redirect${to} that is not followed: give the address that it leads to if that is the ` +
      "gateway's; if it is a login, go round the proxy that asks for it"
    );
  }
  const meaning = textsOfStatuses.get(status) ?? meaningOfClass(status, headers["content-type"] ?? "");
  return meaning === undefined ? `HTTP ${status}, the connection was refused` : `HTTP ${status}: ${meaning}`;
}

function meaningOfClass(status: number, contentType: string): string | undefined {
  if (status >= 500) return "the gateway, or a proxy before it, failed: its log has more";
  if (status < 200 || status >= 300) return undefined;
  const page = contentType.includes("html") ? "a web page" : "an ordinary answer";
  return (
    `${page} in place of a WebSocket: another server listens there, or a login page stands before the ` +
    "gateway"
  );
}
