/**
 * Random samples with and without replacement. Without replacement they use the same random numbers in the same order
 * as scikit-learn's `sample_without_replacement`, which has three methods and chooses by the share of the population
 * that is drawn. The order of the numbers in a sample means nothing.
 */
import type { RandomState } from "./random.js";

/** `count` different random integers of [0, population). */
export function drawWithoutReplacement(population: number, count: number, random: RandomState): Int32Array {
  const share = count / population;
  if (share > 0.01 && share < 0.99) return permutation(population, random).slice(0, count);
  return share < 0.2 ? drawFew(population, count, random) : drawNearlyAll(population, count, random);
}

/** `count` random integers of [0, population), in which a number may occur more than once. */
export function drawWithReplacement(population: number, count: number, random: RandomState): Int32Array {
  return Int32Array.from({ length: count }, () => random.integer(population));
}

/**
 * The integers from 0 to n − 1 in random order, by Fisher and Yates's shuffle from the end, as numpy's permutation.
 */
function permutation(n: number, random: RandomState): Int32Array {
  const order = countUp(n);
  for (let i = n - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
  return order;
}

/** For a small share of the population: a number that was drawn before is rejected, and another one is drawn. */
function drawFew(population: number, count: number, random: RandomState): Int32Array {
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(random.integer(population));
  return Int32Array.from(drawn);
}

/** For nearly the whole population: reservoir sampling, in which each later number may replace one that was kept. */
function drawNearlyAll(population: number, count: number, random: RandomState): Int32Array {
  const kept = countUp(count);
  for (let i = count; i < population; i++) {
    const j = random.integer(i + 1);
    if (j < count) kept[j] = i;
  }
  return kept;
}

/**
 * The integers 0, 1, 2, … as a loop: with `Int32Array.from` over a length it takes half of the time of fitting a
 * forest.
 */
function countUp(n: number): Int32Array {
  const numbers = new Int32Array(n);
  for (let i = 0; i < n; i++) numbers[i] = i;
  return numbers;
}
