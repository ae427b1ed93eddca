/** A gateway's log that the test can read. */
import { pino } from "pino";

export class WrittenLog {
  readonly lines: Record<string, unknown>[] = [];
  text = "";
  readonly log = pino(
    { level: "trace", base: null, formatters: { level: (label) => ({ level: label }) } },
    {
      write: (line: string) => {
        this.text += line;
        this.lines.push(JSON.parse(line) as Record<string, unknown>);
      },
    },
  );
}
