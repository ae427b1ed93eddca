/** The conformance suite of the port `Detector`: the rules for every detector, whatever it computes. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Detector } from "../../engines/detectors/detector.js";
import { whole } from "../../engines/pieces.js";
import type { Parameters } from "../../engines/servable.js";
import { StreamHistory } from "../../gateway/regimes/history.js";
import { completed, type Followed, follow, type Rows, stepped, workerFit } from "../support/detecting.js";
import { shippedModels } from "../support/models.js";
import { checkAsync } from "../support/seeded.js";

const block = 100;

/**
 * The rows of a market whose blocks of 100 days are calm, wild, calm and so on. The columns differ in scale and
 * noise.
 */
export function market(count: number, d: number): Rows {
  let state = 12_345;
  const uniform = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
  const normal = () => Array.from({ length: 12 }, uniform).reduce((sum, each) => sum + each, -6);
  const size = (t: number) => (Math.floor(t / block) % 2 === 1 ? 0.04 : 0.005);
  return Array.from({ length: count }, (_, t) =>
    Array.from({ length: d }, (_, j) => normal() * size(t) * 10 ** j),
  );
}

/** The first column of that market as bars: high, low, close and volume. */
export function bars(count: number): Rows {
  let close = 100;
  return market(count, 1).map(([change = 0], t) => {
    close *= Math.exp(change);
    const half = Math.exp(Math.abs(change) * 0.6 + 1e-4);
    return [close * half, close / half, close, 1e6 * (1 + 0.3 * Math.sin(t))];
  });
}

/** The rows that a detector is tested with. */
export interface Feed {
  readonly label: string;
  readonly parameters: Parameters;
  /** 500 rows, calm and wild in turn. */
  readonly rows: Rows;
  /** The index of the first row at which the detector may report probabilities. */
  readonly warmAt: number;
  /** The probability of the right regime that the detector must reach at the end of a block. */
  readonly sure: number;
  /** Replaces the rows by extreme values that the detector must survive. */
  readonly strange: (rows: Rows) => Rows;
}

/** Extreme values of every kind except NaN and infinity. */
export const anyNumbers: Feed["strange"] = (rows) => {
  const values = [0, 1e-300, 1e9, -1e9, 0.01];
  return rows.map((row, t) =>
    row.map((value, j) => (t < 150 ? 0 : t < 300 ? (values[(t + j) % 5] as number) : value)),
  );
};

/** @param parameters such that the detector is warm after 80 rows and uses at most the last 300 */
export function feedsOfReturns(parameters: Parameters): readonly Feed[] {
  return [1, 3].map((d) => ({
    label: `${d} columns`,
    parameters,
    rows: market(500, d),
    warmAt: 79,
    sure: 0.9,
    strange: anyNumbers,
  }));
}

export function detectorConformance(detector: Detector, feeds: readonly Feed[]): void {
  const { name } = detector.signature;

  describe.each(feeds)(
    `detector conformance: ${name} over $label`,
    ({ parameters, rows, warmAt, sure, strange }) => {
      let whole: Followed;
      beforeAll(async () => {
        whole = await follow(detector, parameters, rows);
      });

      it("reports nothing until it is warm, and then a probability for each regime", () => {
        const regimes = detector.regimes(completed(detector, parameters));
        const first = whole.findIndex((each) => each !== undefined);
        expect(first).toBeGreaterThanOrEqual(warmAt);
        expect(first).toBeLessThan(warmAt + 11);
        for (const probabilities of whole.slice(first)) {
          expect(probabilities).toHaveLength(regimes.length);
          expect(probabilities?.every((each) => each >= 0 && each <= 1)).toBe(true);
          expect(probabilities?.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
        }
      });

      it("tells the wild blocks from the calm ones, by the name of their variance", () => {
        const lastOf = (of: number) => whole[of * block + block - 1] as readonly number[];
        for (const calm of [2, 4]) expect(lastOf(calm)[0]).toBeGreaterThan(sure);
        expect(lastOf(3).at(-1)).toBeGreaterThan(sure); // By then a fit has seen a whole wild block
      });

      it("is causal: the probabilities after a row depend on no later row", async () => {
        for (const length of [79, 81, 141, 333]) {
          const prefix = rows.slice(0, length);
          expect(await follow(detector, parameters, prefix)).toEqual(whole.slice(0, length));
          const otherwise = [...prefix, ...rows.slice(length).map((row) => row.map((value) => 50 * value))];
          const said = await follow(detector, parameters, otherwise);
          expect(said.slice(0, length)).toEqual(whole.slice(0, length));
        }
      });

      it("continues from a saved state, at any row, with the same probabilities", async () => {
        const cuts = fc.uniqueArray(fc.nat(rows.length - 1), { minLength: 1, maxLength: 12 });
        await checkAsync(
          fc.asyncProperty(cuts, async (each) => {
            expect(await follow(detector, parameters, rows, { restartAfter: new Set(each) })).toEqual(whole);
          }),
          3,
        );
        const everywhere = new Set(rows.keys());
        expect(await follow(detector, parameters, rows, { restartAfter: everywhere })).toEqual(whole);
      });

      it("needs no more observations than its memory declares, and no times", async () => {
        const asked = detector.memory(completed(detector, parameters));
        expect(await follow(detector, parameters, rows, { memory: asked + 1_000 })).toEqual(whole);
        const irregular = (t: number) => 1e12 + t ** 3;
        expect(await follow(detector, parameters, rows, { time: irregular })).toEqual(whole);
      });

      it("gives rows that arrive together the same probabilities as rows that arrive one by one", async () => {
        for (const together of [2, 17, 64, rows.length])
          expect(await follow(detector, parameters, rows, { together })).toEqual(whole);
      });

      it("continues when fits fail, and adopts the next fit that succeeds", async () => {
        let count = 0;
        const said = await follow(detector, parameters, rows, {
          fit: async (request) => (count++ < 3 ? undefined : workerFit(request)),
        });
        expect(said.at(-1)?.every(Number.isFinite)).toBe(true);
      });

      it("gives finite probabilities for extreme rows", async () => {
        for (const said of await follow(detector, parameters, strange(rows)))
          if (said !== undefined) expect(said.every((each) => each >= 0 && each <= 1)).toBe(true);
      });
    },
  );

  it(`${name}: a saved state does not change with later rows and fits`, async () => {
    const [{ parameters, rows }] = feeds as readonly [Feed, ...Feed[]];
    const all = completed(detector, parameters);
    const state = detector.start(all);
    const d = rows[0]?.length ?? 1;
    const history = new StreamHistory(detector.memory(all), d);
    const take = async (row: readonly number[], t: number) => {
      await state.prefetch?.({ rows: Float64Array.from(row), n: 1, d }, history, shippedModels);
      history.push(t, Float64Array.from(row));
      stepped(state, Float64Array.from(row));
      const fitting = state.due(history);
      const due = fitting && whole(fitting);
      if (due !== undefined) whole(state.adopt(await workerFit(due)));
      return state.save();
    };
    const saved = [];
    for (const [t, row] of rows.slice(0, 160).entries()) {
      const each = await take(row, t);
      saved.push({ each, kept: structuredClone(each) });
    }
    for (const { each, kept } of saved) expect(each).toEqual(kept);
  });
}
