/**
 * Downloads a pinned wheel from a package index, found the way pip finds it, and stops at the wheel's known number of
 * bytes.
 */
import { createWriteStream } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ProviderWheel } from "./provider-wheel.js";

/** Milliseconds without a byte after which a download is aborted. */
const stallMs = 30_000;
/** Limit on the bytes of a project's page in a package index: a large project's page has hundreds of kilobytes. */
const pageBytesMax = 32 * 1024 * 1024;

/**
 * @param index the index's URL, as for pip's --index-url
 * @throws Error naming the URL and the index's answer
 */
export async function downloadWheel(
  wheel: ProviderWheel,
  index: string,
  to: string,
  say: (line: string) => void,
): Promise<void> {
  const stop = new AbortController();
  let stalled = setTimeout(() => stop.abort(), stallMs);
  const moved = () => {
    clearTimeout(stalled);
    stalled = setTimeout(() => stop.abort(), stallMs);
  };
  try {
    const url = await urlOf(wheel, index, stop.signal);
    moved();
    const answer = await get(url, stop.signal);
    const counted = counter(wheel, say, moved);
    await pipeline(Readable.from(answer.body ?? []), counted, createWriteStream(to));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    throw new Error(`${index}: no byte for ${stallMs / 1_000} s`, { cause: error });
  } finally {
    clearTimeout(stalled);
  }
}

/** The URL of the wheel's file in the index. Source: PEP 503 and PEP 691, the simple repository API. */
async function urlOf({ project, file }: ProviderWheel, index: string, signal: AbortSignal): Promise<string> {
  const page = `${index.replace(/\/+$/, "")}/${project}/`;
  const answer = await get(page, signal);
  if (Number(answer.headers.get("content-length") ?? 0) > pageBytesMax)
    throw new Error(`${page} answers more than ${pageBytesMax} bytes`);
  const links = [...(await answer.text()).matchAll(/href="([^"#]+)(?:#[^"]*)?"/g)].map(
    ([, href]) => href ?? "",
  );
  const found = links.find((href) => decodeURIComponent(href).endsWith(`/${file}`) || href === file);
  if (found === undefined) throw new Error(`${page} has no ${file}`);
  return new URL(found.replaceAll("&amp;", "&"), answer.url).href;
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(url, {
    signal,
    headers: { accept: "text/html, application/octet-stream" },
  }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(`${url}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause: error });
  });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return answer;
}

function counter({ file, bytes }: ProviderWheel, say: (line: string) => void, moved: () => void): Transform {
  let had = 0;
  let tenth = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      moved();
      had += chunk.length;
      if (had > bytes) return done(new Error(`${file} is longer than the ${bytes} bytes it has`));
      if (Math.floor((10 * had) / bytes) > tenth) say(`  ${10 * ++tenth} %`);
      done(null, chunk);
    },
  });
}
