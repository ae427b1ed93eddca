/** What a bench says: rows of ours against a peer, measured in the same run. */
import { cpus } from "node:os";

export interface ReportRow {
  readonly name: string;
  readonly unit: string;
  /** Null where nothing came of it: no answer, so no latency. */
  readonly value: number | null;
  /** What it is measured against; null when the peer could not be had. */
  readonly peer: string | null;
  readonly peer_value: number | null;
  /** Above 1: Headgate is better. Null where either side is, or one is zero. */
  readonly ratio: number | null;
}

export interface Report {
  readonly suite: string;
  readonly machine: string;
  readonly rows: readonly ReportRow[];
}

export function machine(): string {
  const list = cpus();
  return `${list.length} x ${list[0]?.model ?? "unknown CPU"}, Node ${process.version}`;
}

/** Our figure beside a peer's; null where the peer could not be had. */
type Comparison = (
  name: string,
  unit: string,
  value: number | null,
  peer: string | null,
  peerValue: number | null,
) => ReportRow;

const against =
  (ratio: (value: number, peerValue: number) => number): Comparison =>
  (name, unit, value, peer, peer_value) => ({
    name,
    unit,
    value: measured(value),
    peer,
    peer_value: measured(peer_value),
    ratio: value === null || peer_value === null ? null : measured(ratio(value, peer_value)),
  });

/** Null for the mean of nothing and for what is divided by zero: neither is a figure. */
function measured(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** A row where more is better. */
export const rate = against((value, peerValue) => value / peerValue);

/** A row where less is better. */
export const cost = against((value, peerValue) => peerValue / value);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

/** Of values, the one below which a share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function table({ suite, machine: on, rows }: Report): string {
  const width = Math.max(...rows.map((row) => row.name.length));
  const lines = rows.map(({ name, unit, value, peer, peer_value, ratio }) => {
    const against = peer_value === null ? (peer ?? "nothing") : `${figure(peer_value)} ${unit} ${peer}`;
    return `  ${name.padEnd(width)}  ${figure(value)} ${unit}  ${ratio === null ? "" : `${ratio.toFixed(2)}x`}  against ${against}`;
  });
  return [`${suite} on ${on} (ratio above 1: Headgate is better)`, ...lines].join("\n");
}

export function figure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "–";
  if (value >= 1_000 || Number.isInteger(value)) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}
