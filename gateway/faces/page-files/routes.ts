/**
 * Serves the page's files. They hold no data, so they need no credential: what the page shows comes over the socket,
 * which asks for one.
 */
import { type Context, Hono } from "hono";
import { indexName, type PageFile } from "./page-file.js";

/**
 * The page may run its own files, and talk to the gateway that served it: nothing else. Scripts and styles within the
 * document are refused, so that a model card or a name that smuggles one in has no effect.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const common = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  vary: "accept-encoding",
} as const;

export function pageRoutes(files: readonly PageFile[]): Hono {
  const routes = new Hono();
  for (const file of files) {
    const isIndex = file.name === indexName;
    // A file's name changes with its content, and only the index is asked for again.
    const caching = isIndex ? "no-cache" : "public, max-age=31536000, immutable";
    const headers = { ...common, "cache-control": caching, "content-type": file.type, etag: file.etag };
    routes.get(isIndex ? "/" : `/page/${file.name}`, (context) => answer(context, file, headers));
  }
  return routes;
}

function answer(context: Context, file: PageFile, headers: Readonly<Record<string, string>>): Response {
  if (isNamed(file.etag, context.req.header("if-none-match")))
    return new Response(null, { status: 304, headers });
  const compressed = takesGzip(context.req.header("accept-encoding"));
  const bytes = compressed ? file.gzip : file.bytes;
  return new Response(bytes, {
    headers: {
      ...headers,
      "content-length": String(bytes.length),
      ...(compressed && { "content-encoding": "gzip" }),
    },
  });
}

/** Whether If-None-Match names the tag. A proxy that compresses makes the tag weak, which counts as the same. */
function isNamed(etag: string, ifNoneMatch = ""): boolean {
  const tags = ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}

function takesGzip(acceptEncoding = ""): boolean {
  const [, quality] = /(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=([\d.]+))?\s*(?:,|$)/i.exec(acceptEncoding) ?? [
    undefined,
    "0",
  ];
  return Number(quality ?? "1") > 0;
}
