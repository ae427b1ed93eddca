/** A logger whose lines the test can read. */
import { type Logger, pino } from "pino";

export function keptLog(lines: Record<string, unknown>[], level: "info" | "debug" = "info"): Logger {
  return pino({ level }, { write: (line: string) => void lines.push(JSON.parse(line)) });
}
