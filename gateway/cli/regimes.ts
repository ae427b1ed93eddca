/**
 * `headgate regimes STREAM`: asks a running gateway, as any client does, and prints or draws the stream's regimes.
 */
import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import type { PathChange, StreamPictureData, ValueDisplay } from "../../chart/stream-picture.js";
import { limits } from "../../protocol/limits.js";

interface RegimesFlags {
  readonly url: string;
  readonly token?: string;
  readonly limit: number;
  readonly svg?: string | true;
  readonly column: number;
  readonly show: ValueDisplay;
}

const connectTimeoutMs = 3_000;

export function regimesCommand(): Command {
  return new Command("regimes")
    .description("Tell a stream's regime changes, or draw them, from a gateway that runs")
    .argument("<stream>", "name of the stream")
    .addOption(new Option("--url <url>", "the gateway").env("HEADGATE_URL").default("ws://127.0.0.1:8470/v1"))
    .addOption(new Option("--token <token>", "a key of the gateway's config").env("HEADGATE_TOKEN"))
    .option("--svg [file]", "write a picture (default file: <stream>.svg; -: to stdout)")
    .option("--limit <count>", "observations to look back on", integer(1, limits.path_max), limits.path_max)
    .option("--column <index>", "which of an observation's values is drawn", integer(0, 1e6), 0)
    .addOption(
      new Option("--show <what>", "values as they are, their sum (of returns), or by their sign")
        .choices(["auto", "sum", "values"])
        .default("auto"),
    )
    .action(async (stream: string, flags: RegimesFlags) => {
      try {
        await tell(stream, flags);
      } catch (error) {
        console.error(error instanceof Error ? error.message : String(error));
        process.exitCode = 1;
      }
    });
}

async function tell(stream: string, flags: RegimesFlags): Promise<void> {
  // The chart's modules are imported only here, because a gateway that starts does not need them.
  const { changesOf, streamPicture } = await import("../../chart/stream-picture.js");
  const path = await pathOf(stream, flags);
  if (flags.svg === undefined) return console.log(table(path, changesOf(path)));
  const svg = streamPicture(path, flags.column, flags.show);
  if (flags.svg === "-") return void process.stdout.write(svg);
  const file = flags.svg === true ? `${stream.replaceAll(/[/:]/g, "-")}.svg` : flags.svg;
  writeFileSync(file, svg);
  console.log(`${file}: ${path.times.length} observations, ${changesOf(path).length} changes`);
}

/** @throws Error that says what to do */
async function pathOf(stream: string, { url, token, limit }: RegimesFlags): Promise<StreamPictureData> {
  const { connect, HeadgateError } = await import("../../client/typescript/index.js");
  const options = { client: "headgate regimes", connectTimeoutMs, ...(token !== undefined && { token }) };
  const gate = await connect(url, options).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof HeadgateError && error.code === "unauthenticated")
      throw new Error(`${why}\nIt asks for a key it knows: pass --token, or set HEADGATE_TOKEN.`);
    throw new Error(
      `no gateway answers at ${url}: ${why}\nStart one (headgate), or name another with --url.`,
    );
  });
  try {
    const { path, detector, observations } = await gate.streamState(stream, {
      path: "filtered",
      limit,
      values: true,
    });
    if (path?.values === undefined)
      throw new Error(`the gateway at ${url} is older than this command and does not tell what was observed`);
    const seen = await gate
      .streamState(stream, { path: "smoothed", limit: path.ts.length || 1 })
      .then(({ path: smoothed }) => smoothed)
      .catch(() => undefined); // most detectors cannot compute it
    // An observation that arrived between the two requests would shift one path against the other.
    const fits = seen !== undefined && seen.ts.length === path.ts.length && seen.ts.at(-1) === path.ts.at(-1);
    return {
      name: stream,
      detector,
      regimes: path.regimes,
      times: path.ts,
      regime: path.regime,
      probabilities: path.probabilities,
      values: path.values,
      before: observations - path.ts.length,
      ...(fits && { hindsight: seen.regime }),
    };
  } catch (error) {
    if (!(error instanceof HeadgateError) || error.code !== "not_found") throw error;
    throw new Error(
      `${url} has no stream ${stream} in this token's namespace.\n` +
        "A stream is there once a feed has opened it; names tell upper from lower case.",
    );
  } finally {
    await gate.close();
  }
}

function table(
  { detector, regimes, times, regime }: StreamPictureData,
  changes: readonly PathChange[],
): string {
  const now = regimes[regime[regime.length - 1] ?? -1] ?? "unknown";
  const head = `${detector}: ${now} after ${times.length} observations that are remembered, ${changes.length} changes`;
  const lines = changes.map(({ time, from, to, probability, lag }) => {
    const late = lag === undefined ? "" : `  ${lag} observations after it began`;
    return `${new Date(time).toISOString()}  ${from} → ${to}  probability of ${to} ${probability.toFixed(3)}${late}`;
  });
  return [head, ...lines].join("\n");
}

function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d{1,9}$/.test(text) || number < least || number > most)
      throw new InvalidArgumentError(`must be an integer from ${least} to ${most}.`);
    return number;
  };
}
