/** What is shown while the replay runs. */
import { styleText } from "node:util";
import { MultiBar, Presets } from "cli-progress";
import type { Change } from "headgate-client";

export interface Screen {
  /** A line that stays. */
  line(text: string): void;
  day(date: string, days: number, requests: number): void;
  /** The replay is over. */
  end(): void;
}

/** Nothing at all. */
export const silent: Screen = { line: () => {}, day: () => {}, end: () => {} };

/** Lines only, for a log: one every two years of the market. */
export function plain(total: number): Screen {
  const everyDays = 504;
  return {
    line: (text) => console.log(text),
    day: (date, days, requests) => {
      if (days % everyDays === 0 || days === total)
        console.log(`${date}  ${days} of ${total} days, ${requests} requests`);
    },
    end: () => {},
  };
}

/** A progress bar at the bottom, lines above it. */
export function terminal(total: number): Screen {
  const bars = new MultiBar(
    {
      format: "{bar}  {date}  {value} of {total} days  {requests} requests",
      stream: process.stdout,
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false, // main.ts hears the signal
    },
    Presets.shades_classic,
  );
  const bar = bars.create(total, 0, { date: "", requests: 0 });
  return {
    line: (text) => bars.log(`${text}\n`),
    day: (date, days, requests) => bar.update(days, { date, requests }),
    end: () => {
      bars.update(); // prints the lines that still wait for a redraw
      bars.stop();
    },
  };
}

export function changeLine({ observed_ts, from, to, probability }: Change): string {
  const date = new Date(observed_ts).toISOString().slice(0, 10);
  return `${date}  ${from.padStart(9)} → ${inItsColour(to)}${" ".repeat(11 - to.length)}p ${probability.toFixed(3)}`;
}

const colours = { calm: "green", normal: "yellow", turbulent: "red" } as const;

/** The name in its colour, where there is a terminal to show it. */
export function inItsColour(regime: string): string {
  const colour = colours[regime as keyof typeof colours] as
    | (typeof colours)[keyof typeof colours]
    | undefined;
  const coloured = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  return coloured && colour !== undefined ? styleText(colour, regime) : regime;
}
