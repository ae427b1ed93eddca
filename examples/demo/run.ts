/** One run of the demo: the replay with its crash, and then what can be measured on the gateway afterwards. */
import type { DemoOptions } from "./arguments.js";
import type { Bar } from "./bars.js";
import { changeLine } from "./change-lines.js";
import { type ContainerFigures, measureContainers } from "./containers.js";
import { Crash, crashDay } from "./crash.js";
import { draw } from "./draw.js";
import { barsPerSecond, livePace, requestsPerSecond } from "./live-pace.js";
import type { LocalGateway } from "./local-gateway.js";
import type { CrashTimes, DemoOutcome } from "./outcome.js";
import { portfolioOf } from "./portfolio.js";
import { type ReplayResult, replay } from "./replay.js";
import { plain, type Screen, silent, terminal } from "./screen.js";

export interface DemoRun {
  readonly options: DemoOptions;
  readonly gateway: LocalGateway;
  readonly bars: readonly Bar[];
  readonly signal: AbortSignal;
  /** Prints a line of progress. */
  readonly say: (line: string) => void;
}

export async function run(demo: DemoRun): Promise<DemoOutcome> {
  const { options, gateway, bars, signal, say } = demo;
  const crash = new Crash(gateway, crashDay(bars));
  const replayed = await replayOnScreen(demo, crash);
  const done = { replay: replayed, crash: timesOf(crash, bars) };
  const nothing = { portfolio: undefined, live: undefined, containers: [] as ContainerFigures[] };
  if (signal.aborted) return { ...done, ...nothing, picture: null };
  const { url } = gateway;
  const picture = await draw(bars, replayed, options.out);
  say("\nAsking the detector with its default settings, for the portfolio ...");
  const portfolio = await portfolioOf(url, bars, replayed.changes);
  const { liveSeconds: seconds } = options;
  const pace = `${requestsPerSecond} requests and ${barsPerSecond} bars a second`;
  say(`${seconds} s at the pace of a live feed: ${pace} ...`);
  const live = await livePace({ url, bars, seconds, signal });
  if (signal.aborted) return { ...done, ...nothing, portfolio, picture };
  say("Starting an agent's container, with and without scikit-learn ...");
  const containers = await measureContainers(url, signal);
  return { ...done, portfolio, live, containers, picture };
}

function timesOf(crash: Crash, bars: readonly Bar[]): CrashTimes | undefined {
  if (!crash.begun) return undefined;
  const { awayMs, returnMs } = crash;
  return { killedOn: bars[crash.day]?.date ?? "", awayMs, returnMs };
}

async function replayOnScreen(
  { options, gateway, bars, signal }: DemoRun,
  crash: Crash,
): Promise<ReplayResult> {
  const screen = screenFor(options, bars.length);
  try {
    return await replay({
      url: gateway.url,
      bars,
      speed: options.speed,
      crash,
      closes: options.watch,
      signal,
      onChange: (change) => screen.line(changeLine(change)),
      onDay: ({ date }, days, requests) => screen.day(date, days, requests),
      onCrash: (event, { date }) =>
        screen.line(
          event === "killed"
            ? `${date}  The gateway is killed. Agents go on by their fallback ...`
            : `${date}  The gateway is back.`,
        ),
    });
  } finally {
    screen.end();
  }
}

function screenFor({ json }: DemoOptions, days: number): Screen {
  if (json) return silent;
  return process.stdout.isTTY ? terminal(days) : plain(days);
}
