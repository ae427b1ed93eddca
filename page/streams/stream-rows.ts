/** Converts samples of the streams into the rows of the list. Pure. */
import type { StreamSample } from "../samples.js";
import { ageText, timeText } from "./age-text.js";

export const streamOrders = ["name", "status", "regime", "changed"] as const;
export type StreamOrder = (typeof streamOrders)[number];

export interface StreamRow {
  readonly name: string;
  readonly detector: string;
  readonly status: StreamSample["status"];
  readonly statusText: string;
  readonly regime: string;
  readonly probabilityText: string;
  readonly rateText: string;
  readonly changedText: string;
}

const statusPlace = { silent: 0, warming: 1, live: 2 } as const;

/** How alarming a regime is: the list begins with the most turbulent. */
const regimePlace: Readonly<Record<string, number>> = { turbulent: 0, normal: 1, calm: 2, unknown: 3 };

export function streamRows(
  streams: readonly StreamSample[],
  order: StreamOrder,
  contains: string,
): readonly StreamRow[] {
  const wanted = contains.trim().toLowerCase();
  return streams
    .filter(({ name }) => wanted === "" || name.toLowerCase().includes(wanted))
    .sort((a, b) => compared(a, b, order) || a.name.localeCompare(b.name, "en", { numeric: true }))
    .map(rowOf);
}

function compared(a: StreamSample, b: StreamSample, order: StreamOrder): number {
  switch (order) {
    case "name":
      return 0;
    case "status":
      return statusPlace[a.status] - statusPlace[b.status];
    case "regime":
      return (regimePlace[a.regime] ?? 3) - (regimePlace[b.regime] ?? 3);
    case "changed":
      return (b.changed_ts ?? -Infinity) - (a.changed_ts ?? -Infinity) || 0;
  }
}

function rowOf(stream: StreamSample): StreamRow {
  const { name, detector, status, regime, probability, observations_per_second: rate, changed_ts } = stream;
  return {
    name,
    detector,
    status,
    statusText: statusText(stream),
    regime,
    probabilityText: probability === null ? "–" : `${Math.round(100 * probability)} %`,
    rateText: rateText(rate),
    changedText: changed_ts === null ? "–" : timeText(changed_ts, changed_ts % 86_400_000 === 0),
  };
}

function rateText(rate: number | null): string {
  if (rate === null) return "–";
  if (rate === 0) return "0";
  return rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString("en-US");
}

function statusText({ status, silent_ms: silentMs }: StreamSample): string {
  return status === "silent" ? `silent for ${ageText(silentMs)}` : status;
}
