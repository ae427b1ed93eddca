import { describe, expect, it } from "vitest";
import { RunTimes } from "../../engines/pool/run-times.js";

const shortMs = 0.1;
const made = (...measured: (readonly [rows: number, ms: number])[]) =>
  new RunTimes(
    measured.map(([rows, ms]) => ({ rows, ms })),
    shortMs,
  );
const times = (count: number, each: () => void) => {
  for (let i = 0; i < count; i++) each();
};

describe("the times of a version's runs", () => {
  it("decide by the next larger size that was measured; beyond the largest nothing is short", () => {
    const of = made([1, 0.01], [4, 0.05], [16, 0.2]);
    expect([1, 2, 4, 5, 16, 17].map((rows) => of.isShort(rows))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(of.rowsMax).toBe(4);
  });

  it("are not changed by runs from which the core was taken away", () => {
    const of = made([1, 0.01]);
    for (let run = 0; run < 100; run++) of.tookInline(1, run % 3 === 0 ? 20 : 0.02, run);
    expect(of.isShort(1)).toBe(true);
  });

  it("step aside once most runs are long, and not before enough were seen", () => {
    const of = made([1, 0.01]);
    times(3, () => of.tookInline(1, 0.3, 0));
    expect(of.isShort(1)).toBe(true);
    times(2, () => of.tookInline(1, 0.3, 0));
    expect([of.isShort(1), of.rowsMax]).toEqual([false, 0]);
  });

  it("come back when a worker's runs are short, after a pause that doubles", () => {
    const of = made([1, 0.01], [4, 0.02]);
    let now = 100_000;
    const slow = () => times(8, () => of.tookInline(1, 0.3, now));
    const pauses: number[] = [];
    for (let round = 0; round < 8; round++) {
      slow();
      expect([of.isShort(1), of.isShort(4)]).toEqual([false, true]);
      const from = now;
      while (!of.isShort(1)) {
        now += 250;
        times(5, () => of.tookInWorker(1, 0.05, now));
      }
      pauses.push(now - from);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    now += 60_001;
    slow();
    now += 1_000;
    times(5, () => of.tookInWorker(1, 0.05, now));
    expect(of.isShort(1)).toBe(true);
  });

  it("stay aside while a worker's runs are long as well", () => {
    const of = made([1, 0.01]);
    times(8, () => of.tookInline(1, 0.3, 0));
    times(50, () => of.tookInWorker(1, 0.3, 1e6));
    expect(of.isShort(1)).toBe(false);
  });

  it("begin aside where the first run was long, and come by a worker's runs", () => {
    const of = made([1, 0.5]);
    expect(of.isShort(1)).toBe(false);
    times(7, () => of.tookInWorker(1, 0.05, 5_000));
    expect(of.isShort(1)).toBe(true);
  });
});
