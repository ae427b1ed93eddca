/** One line of JSON a thing, on standard output. */
import { type Logger, pino } from "pino";
import type { Config } from "../config/config.js";

export function createLog(level: Config["log_level"]): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
