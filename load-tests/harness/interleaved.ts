/** Measures the sides of a row in turn, round by round, so that other work on the machine affects them alike. */
import { median } from "../report.js";

const rounds = 5;
const roundMs = 1_000;
const warmupMs = 1_500;

/**
 * The median rate of each side.
 * @param sides functions that measure for the given milliseconds and return a rate
 */
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
