/** The output that is shown while the replay runs. */
import { MultiBar, Presets } from "cli-progress";

export interface Screen {
  /** Prints a line that stays on the screen. */
  line(text: string): void;
  day(date: string, days: number, requests: number): void;
  /** Called when the replay is over. */
  end(): void;
}

/** A screen that shows nothing. */
export const silent: Screen = { line: () => {}, day: () => {}, end: () => {} };

/** Lines only, for a log: one for every two years of the market. */
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

/** A progress bar at the bottom, with lines above it. */
export function terminal(total: number): Screen {
  const bars = new MultiBar(
    {
      format: "{bar}  {date}  {value} of {total} days  {requests} requests",
      stream: process.stdout,
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false, // main.ts handles the signal
    },
    Presets.shades_classic,
  );
  const bar = bars.create(total, 0, { date: "", requests: 0 });
  return {
    line: (text) => bars.log(`${text}\n`),
    day: (date, days, requests) => bar.update(days, { date, requests }),
    end: () => {
      bars.update(); // Prints the lines that wait for the next redraw
      bars.stop();
    },
  };
}
