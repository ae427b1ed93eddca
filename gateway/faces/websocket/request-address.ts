/**
 * What is wrong with how a request says where it goes, whom it acts for, and where its body ends. It is asked before everything else, because
 * a proxy in front and the gateway could read such a request differently: one checks the first `Host`, the other takes
 * the last. Pure.
 *
 * Source: RFC 9112, 3.2 (a request with two Host lines is answered with 400), 6.1 (a transfer coding that is not known, and
 * one in HTTP/1.0).
 */
import type { IncomingMessage } from "node:http";

/** Header fields of which Node keeps the first line and drops the others without a word, or joins them. */
const singular: ReadonlySet<string> = new Set(["host", "origin", "authorization"]);

export type RequestHead = Pick<IncomingMessage, "url" | "headers" | "rawHeaders" | "httpVersion">;

/** The problem, which begins with the field's name; undefined when there is none. */
export function addressProblem({
  url = "/",
  headers,
  rawHeaders,
  httpVersion,
}: RequestHead): string | undefined {
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? "";
    if (!singular.has(name)) continue;
    if (seen.has(name)) return `${rawHeaders[i]}: must be one line of the request, got more`;
    seen.add(name);
  }
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && httpVersion !== "1.1")
    return "Transfer-Encoding: is of HTTP/1.1 only; send Content-Length";
  if (coding !== undefined && coding.trim().toLowerCase() !== "chunked")
    return "Transfer-Encoding: must be chunked; a compressed body is named in Content-Encoding";
  if (url.startsWith("/")) return undefined;
  const authority = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
  if (authority === undefined) return "the request's target: must be a path";
  if (authority.toLowerCase() === headers.host?.toLowerCase()) return undefined;
  return "the request's target: names another host than the header Host; send the path alone";
}
