import fc from "fast-check";
import { expect, it } from "vitest";
import { whole } from "../../engines/pieces.js";
import { StreamHistory } from "../../gateway/regimes/history.js";
import { check } from "../support/seeded.js";

const row = (time: number, d: number) => Float64Array.from({ length: d }, (_, j) => time * 10 + j);

it("remembers the newest so many rows, and counts them all", () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 300 });
  const sizes = { capacity: fc.integer({ min: 1, max: 40 }), d: fc.integer({ min: 1, max: 3 }) };
  check(
    fc.property(gaps, sizes.capacity, sizes.d, fc.nat(60), (each, capacity, d, asked) => {
      const history = new StreamHistory(capacity, d);
      const times: number[] = [];
      for (const gap of each) times.push((times.at(-1) ?? 0) + gap);
      for (const time of times) history.push(time, row(time, d));
      expect(history.total).toBe(times.length);
      expect(history.lastTime).toBe(times.at(-1));
      const kept = times.slice(-capacity);
      for (const time of kept) expect(history.at(time)).toEqual(row(time, d));
      for (const time of times.slice(0, -capacity)) expect(history.at(time)).toBeUndefined();
      expect(history.at((times.at(-1) ?? 0) + 1)).toBeUndefined();
      const wanted = asked === 0 ? [] : kept.slice(-asked);
      expect(whole(history.last(asked))).toEqual({
        rows: Float64Array.from(wanted.flatMap((time) => [...row(time, d)])),
        n: wanted.length,
        d,
      });
    }),
    100,
  );
});

it("gives rows that later observations do not change", () => {
  const history = new StreamHistory(2, 1);
  history.push(1, Float64Array.of(1));
  const { rows } = whole(history.last(1));
  for (let time = 2; time < 600; time++) history.push(time, Float64Array.of(time));
  expect(rows).toEqual(Float64Array.of(1));
});
