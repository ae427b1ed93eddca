/** Numbers as the page writes them: few digits, a unit, and a dash where there is none. Pure. */

export const none = "–";

/** A count or a rate: 0, 0.42, 7.3, 128, 12,400, 3.1 M. */
export function amount(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return none;
  const size = Math.abs(value);
  if (size >= 1e6) return scaled(value, ["", "k", "M", "G", "T", "P"], 1_000);
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en-US");
  if (size < 0.005) return "0";
  return (size >= 10 ? value.toFixed(1) : value.toPrecision(2)).replace(/\.0+$|(\.\d*?)0+$/, "$1");
}

/** Milliseconds: 0.08 ms, 4.2 ms, 310 ms, 2.4 s, 3 min. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return none;
  if (ms >= 7_200_000) return `${amount(ms / 3_600_000)} h`;
  if (ms >= 120_000) return `${Math.round(ms / 60_000)} min`;
  if (ms >= 1_000) return `${amount(ms / 1_000)} s`;
  return `${ms > 0 && ms < 0.1 ? ms.toFixed(2) : amount(ms)} ms`;
}

/** Bytes, in powers of 1,024: 512 B, 4.2 kB, 1.3 MB. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return none;
  return value < 1_024 ? `${amount(value)} B` : `${scaled(value, ["", "k", "M", "G", "T", "P"], 1_024)}B`;
}

/** The time of day, with seconds where the ticks of an axis are closer than a minute. */
export function clockTime(seconds: number, withSeconds: boolean): string {
  return new Date(seconds * 1_000).toLocaleTimeString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(withSeconds && { second: "2-digit" }),
  });
}

/** A share between 0 and 1 in per cent. */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined || !Number.isFinite(share)
    ? none
    : `${Math.round(share * 100)} %`;
}

function scaled(value: number, prefixes: readonly string[], base: number): string {
  let rest = value;
  let power = 0;
  // What would be rounded up to 1,000 has the next unit already.
  while (Math.abs(rest) >= base - 0.5 && power < prefixes.length - 1) {
    rest /= base;
    power++;
  }
  const digits = Math.abs(rest) < 10 ? 1 : 0;
  return `${rest.toFixed(digits).replace(/\.0$/, "")} ${prefixes[power]}`;
}
