/** A log whose lines the test reads. */
import { type Logger, pino } from "pino";

export function keptLog(lines: Record<string, unknown>[]): Logger {
  return pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
}
