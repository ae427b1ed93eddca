/** The demo's command line. */
import { Command, InvalidArgumentError, Option } from "commander";

export interface DemoOptions {
  readonly json: boolean;
  readonly out: string;
  readonly watch: boolean;
  /** Trading days a second; absent: as fast as the gateway answers. */
  readonly speed?: number;
  /** Seconds at the pace of a live feed. */
  readonly liveSeconds: number;
  /** Replays only the first days of the market, for tests. */
  readonly days?: number;
}

export function demoCommand(): Command {
  return new Command("demo")
    .description(
      "Replays twenty years of the S&P 500 through a gateway of its own, which is killed in the middle and started " +
        "again, and shows what that cost, what the regimes were worth, and how fast the answers were.",
    )
    .option("--json", "quiet, save for one JSON object as the last line", false)
    .option("--out <folder>", "where the picture goes", "out")
    .option("--watch", "keep the gateway and its page open, and replay in a loop until Ctrl-C", false)
    .option("--speed <days>", "trading days a second (default: as fast as the gate answers)", positive)
    .option("--live-seconds <seconds>", "how long to measure at the pace of a live feed", liveSeconds, 10)
    .addOption(new Option("--days <count>", "only the first days").argParser(dayCount).hideHelp())
    .allowExcessArguments(false);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) throw new InvalidArgumentError("It must be a number above 0.");
  return value;
}

/** Ten bars a second: more than 400 s would need more days than there are. */
const liveSecondsMax = 400;

function liveSeconds(text: string): number {
  const value = positive(text);
  if (value > liveSecondsMax) throw new InvalidArgumentError(`It must be at most ${liveSecondsMax}.`);
  return value;
}

/**
 * The gateway is killed in the middle of so few days, and by then every desk must have had an answer to go on with:
 * the risk desk asks first on the 315th day.
 */
const daysMin = 700;

function dayCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < daysMin)
    throw new InvalidArgumentError(`It must be a whole number from ${daysMin}.`);
  return value;
}
