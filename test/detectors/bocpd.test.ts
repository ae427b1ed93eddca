import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bocpdDetector } from "../../engines/detectors/bocpd.js";
import { gammaLowerTail, logGamma, logGammaHalfStep } from "../../engines/numerics/special/gamma-function.js";
import type { Golden } from "../golden/golden.js";
import { follow } from "../support/detecting.js";

interface GoldenRuns {
  readonly name: string;
  readonly rows: Golden;
  readonly warmup: number;
  readonly expected_run: number;
  readonly turbulent: readonly number[];
}

interface GoldenGamma {
  readonly a: readonly number[];
  readonly log_gamma: readonly number[];
  readonly half_step: readonly number[];
  /** Of x = a times each ratio. */
  readonly ratios: readonly number[];
  readonly lower_tail: readonly (readonly number[])[];
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8"));

describe("bocpd", () => {
  for (const { name, rows, ...golden } of read("bocpd") as readonly GoldenRuns[]) {
    const { warmup, expected_run, turbulent } = golden;
    const d = rows.shape[1] as number;
    const all = Array.from({ length: rows.data.length / d }, (_, t) => rows.data.slice(t * d, (t + 1) * d));
    const worst = async (max_runs: number) => {
      const said = await follow(bocpdDetector, { warmup, expected_run, max_runs }, all);
      expect(said.slice(0, warmup).every((each) => each === undefined)).toBe(true);
      expect(said.length - warmup).toBe(turbulent.length);
      return Math.max(...turbulent.map((each, t) => Math.abs((said[warmup + t]?.[1] ?? Number.NaN) - each)));
    };

    it(`says what a plain implementation says of ${name}`, async () => {
      expect(await worst(10_000)).toBeLessThan(1e-8);
    });

    it(`says nearly the same of ${name} with few runs in mind`, async () => {
      expect(await worst(200)).toBeLessThan(1e-3);
    });
  }
});

describe("the gamma function", () => {
  const golden = read("gamma") as GoldenGamma;

  it("is scipy's, at small and at large numbers", () => {
    golden.a.forEach((a, i) => {
      const [log, half] = [golden.log_gamma[i] as number, golden.half_step[i] as number];
      expect(Math.abs(logGamma(a) - log)).toBeLessThan(1e-12 * Math.max(1, Math.abs(log)));
      expect(Math.abs(logGammaHalfStep(a) - half)).toBeLessThan(1e-12 * Math.max(1, Math.abs(half)));
    });
  });

  it("has scipy's tail to within what is asked for", () => {
    for (const within of [1e-3, 1e-6, 1e-9])
      golden.a.forEach((a, i) => {
        golden.ratios.forEach((ratio, j) => {
          const tail = golden.lower_tail[i]?.[j] as number;
          const found = gammaLowerTail(a, a * ratio, within, logGamma(a));
          expect(Math.abs(found - tail), `P(${a}, ${a * ratio})`).toBeLessThan(within + 1e-9);
        });
      });
  });

  it("has scipy's tail", () => {
    golden.a.forEach((a, i) => {
      golden.ratios.forEach((ratio, j) => {
        const tail = golden.lower_tail[i]?.[j] as number;
        expect(Math.abs(gammaLowerTail(a, a * ratio) - tail), `P(${a}, ${a * ratio})`).toBeLessThan(1e-9);
      });
    });
    expect([gammaLowerTail(3, 0), gammaLowerTail(3, Number.POSITIVE_INFINITY)]).toEqual([0, 1]);
  });
});
