/** Sides of a row measured in turn, round by round: what the machine does else meets them alike. */
import { median } from "../report.js";

const rounds = 5;
const roundMs = 1_000;
const warmupMs = 1_500;

/** Median rate of each side. @param sides measure for so many milliseconds, and answer a rate */
export async function interleaved<K extends string>(
  sides: Readonly<Record<K, (ms: number) => Promise<number>>>,
  unit: string,
  say: (line: string) => void,
): Promise<Record<K, number>> {
  const names = Object.keys(sides) as K[];
  for (const name of names) await sides[name](warmupMs);
  const found = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = 0; round < rounds; round++)
    for (const name of names) found[name].push(await sides[name](roundMs));
  for (const name of names)
    say(`  ${name}: ${found[name].map((each) => Math.round(each)).join(" ")} ${unit}`);
  return Object.fromEntries(names.map((name) => [name, median(found[name])])) as Record<K, number>;
}
