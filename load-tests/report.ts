/** The report of a bench: rows that compare Headgate with a peer measured in the same run. */
import { cpus } from "node:os";

/** How far a row's rounds lay apart, and how busy the machine was with other work. */
export interface RowSpread {
  /** The smallest and the largest ratio of a single round. */
  readonly ratio_range?: readonly [number, number];
  /** The share of all processors, 0 to 1, that neither the bench nor its servers took. */
  readonly others_cpu?: number;
}

export interface ReportRow extends RowSpread {
  readonly name: string;
  readonly unit: string;
  /** Null when there is nothing to measure, such as a latency without any answer. */
  readonly value: number | null;
  /**
   * The peer that Headgate is compared with; the reason instead, and `peer_value` null, when the peer could not be
   * run.
   */
  readonly peer: string | null;
  readonly peer_value: number | null;
  /** Above 1: Headgate is better. Null when either value is null, or when one of them is zero. */
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

/** Makes a row from Headgate's figure and the peer's; the peer's figure is null when the peer could not be run. */
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

/** Turns NaN and infinity into null: the mean of an empty list and a division by zero are not figures. */
function measured(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** A row whose larger value is the better one. */
export const rate = against((value, peerValue) => value / peerValue);

/** A row whose smaller value is the better one. */
export const cost = against((value, peerValue) => peerValue / value);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

/** The value below which the given share (0 to 1) of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function table({ suite, machine: on, rows }: Report): string {
  const width = Math.max(...rows.map((row) => row.name.length));
  const lines = rows.map(({ name, unit, value, peer, peer_value, ratio, ...spread }) => {
    const against = peer_value === null ? (peer ?? "nothing") : `${figure(peer_value)} ${unit} ${peer}`;
    return `  ${name.padEnd(width)}  ${figure(value)} ${unit}  ${ratio === null ? "" : `${ratio.toFixed(2)}x`}  against ${against}${spreadText(spread)}`;
  });
  return [`${suite} on ${on} (ratio above 1: Headgate is better)`, ...lines].join("\n");
}

function spreadText({ ratio_range: range, others_cpu: others }: RowSpread): string {
  const rounds = range === undefined ? "" : `, rounds ${range.map((each) => each.toFixed(2)).join(" to ")}`;
  return `${rounds}${others === undefined ? "" : `, others took ${Math.round(others * 100)} %`}`;
}

export function figure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "–";
  if (value >= 1_000 || Number.isInteger(value)) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}
