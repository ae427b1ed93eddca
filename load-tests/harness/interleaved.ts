/** Measures the sides of a row in turn, round by round, so that other work on the machine affects them alike. */
import { median, type RowSpread } from "../report.js";
import { type CpuTimes, cpuTimes, othersShare } from "./cpu-times.js";

/** How long is measured. */
export interface RoundBounds {
  readonly rounds: number;
  /** Milliseconds of each side in a round. */
  readonly roundMs: number;
  /** Milliseconds of each side before the first round. */
  readonly warmupMs: number;
}

export const usualBounds: RoundBounds = { rounds: 5, roundMs: 1_000, warmupMs: 1_500 };

/** Runs a side for the given milliseconds. @returns its figure */
export type MeasureSide = (ms: number) => Promise<number>;

/** What the rounds of a row found. */
export class Rounds<K extends string> {
  constructor(
    /** The figures of each side, round by round. */
    readonly of: Readonly<Record<K, readonly number[]>>,
    /** The share of all processors that others took, round by round; empty where it is not known. */
    readonly others: readonly number[],
  ) {}

  median(side: K): number {
    return median(this.of[side]);
  }

  /** The range of the rounds' own ratios of two sides, and what others took meanwhile. */
  spread(side: K, peer: K, ratio = (value: number, peerValue: number) => value / peerValue): RowSpread {
    const ratios = this.of[side].map((value, round) => ratio(value, this.of[peer][round] ?? Number.NaN));
    return {
      ratio_range: [Math.min(...ratios), Math.max(...ratios)],
      ...(this.others.length > 0 && { others_cpu: median(this.others) }),
    };
  }
}

/** Warms each side up, in turns of a round's length, and then measures all of them round by round. */
export async function inRounds<K extends string>(
  sides: Readonly<Record<K, MeasureSide>>,
  unit: string,
  say: (line: string) => void,
  { rounds, roundMs, warmupMs }: RoundBounds = usualBounds,
): Promise<Rounds<K>> {
  const names = Object.keys(sides) as K[];
  for (let warmed = 0; warmed < warmupMs; warmed += roundMs)
    for (const name of names) await sides[name](Math.min(roundMs, warmupMs - warmed));
  const found = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  const others: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = cpuTimes();
    for (const name of names) found[name].push(await sides[name](roundMs));
    others.push(...sharesBetween(before, cpuTimes()));
  }
  for (const name of names)
    say(`  ${name}: ${found[name].map((each) => Math.round(each)).join(" ")} ${unit}`);
  if (others.length > 0)
    say(`  others took ${others.map((share) => Math.round(share * 100)).join(" ")} % of all cores`);
  return new Rounds(found, others);
}

function sharesBetween(before: CpuTimes | undefined, after: CpuTimes | undefined): number[] {
  return before === undefined || after === undefined ? [] : [othersShare(before, after)];
}

/** The median rate of each side. */
export async function interleaved<K extends string>(
  sides: Readonly<Record<K, MeasureSide>>,
  unit: string,
  say: (line: string) => void,
): Promise<Record<K, number>> {
  const found = await inRounds(sides, unit, say);
  const names = Object.keys(sides) as K[];
  return Object.fromEntries(names.map((name) => [name, found.median(name)])) as Record<K, number>;
}
