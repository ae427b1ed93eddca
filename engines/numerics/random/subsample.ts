/**
 * Samples drawn without replacement, draw for draw as scikit-learn's `sample_without_replacement` does: one
 * of three ways, by how large a share is drawn. The order of what is drawn has no meaning.
 */
import type { RandomState } from "./random.js";

/** `count` different integers of [0, population). */
export function drawWithoutReplacement(population: number, count: number, random: RandomState): Int32Array {
  const share = count / population;
  if (share > 0.01 && share < 0.99) return permutation(population, random).slice(0, count);
  return share < 0.2 ? drawFew(population, count, random) : drawNearlyAll(population, count, random);
}

/** `count` integers of [0, population), any as often as it comes. */
export function drawWithReplacement(population: number, count: number, random: RandomState): Int32Array {
  return Int32Array.from({ length: count }, () => random.integer(population));
}

/** numpy's permutation: Fisher and Yates' shuffle from the end. */
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

/** A few of many: what was drawn before is drawn again. */
function drawFew(population: number, count: number, random: RandomState): Int32Array {
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(random.integer(population));
  return Int32Array.from(drawn);
}

/** Nearly all: each later one may take the place of one kept. */
function drawNearlyAll(population: number, count: number, random: RandomState): Int32Array {
  const kept = countUp(count);
  for (let i = count; i < population; i++) {
    const j = random.integer(i + 1);
    if (j < count) kept[j] = i;
  }
  return kept;
}

/** 0, 1, 2, … as a loop: `Int32Array.from` over a length takes half of a forest's time. */
function countUp(n: number): Int32Array {
  const numbers = new Int32Array(n);
  for (let i = 0; i < n; i++) numbers[i] = i;
  return numbers;
}
