import fc from "fast-check";
import { expect, it } from "vitest";
import { decide, type HysteresisState, undecided } from "../../engines/detectors/hysteresis.js";
import { check } from "../support/seeded.js";

const rule = { enterProbability: 0.9, minDwell: 2 };
const sure = [0.05, 0.95];
const calm = [0.95, 0.05];
const unsure = [0.5, 0.5];

function regimes(observations: readonly (readonly number[])[], of = rule): number[] {
  let state: HysteresisState = undecided;
  return observations.map((probabilities) => {
    state = decide(of, state, probabilities);
    return state.regime;
  });
}

it("enters a regime after so many sure observations in a row", () => {
  expect(regimes([sure, sure, calm, sure, calm, calm])).toEqual([-1, 1, 1, 1, 1, 0]);
});

it("begins again after an unsure one", () => {
  expect(regimes([sure, unsure, sure, unsure, sure, sure])).toEqual([-1, -1, -1, -1, -1, 1]);
});

it("begins again when another candidate comes", () => {
  const of3 = (at: number) => [0, 1, 2].map((i) => (i === at ? 0.95 : 0.025));
  expect(regimes([of3(0), of3(0), of3(1), of3(2), of3(2)])).toEqual([-1, 0, 0, 0, 2]);
});

it("takes the probability itself as enough, and an observation as enough with a dwell of 1", () => {
  expect(regimes([[0.1, 0.9]], { ...rule, minDwell: 1 })).toEqual([1]);
  expect(regimes([[0.1, 0.8999]], { ...rule, minDwell: 1 })).toEqual([-1]);
});

it("changes only to a regime that was sure for the whole dwell", () => {
  const probability = fc.double({ min: 0, max: 1, noNaN: true });
  const dwell = fc.integer({ min: 1, max: 5 });
  const bound = fc.double({ min: 0.5, max: 1, noNaN: true });
  check(
    fc.property(
      fc.array(probability, { maxLength: 60 }),
      dwell,
      bound,
      (each, minDwell, enterProbability) => {
        const observations = each.map((p) => [1 - p, p]);
        const found = regimes(observations, { enterProbability, minDwell });
        found.forEach((regime, i) => {
          if (regime === (found[i - 1] ?? -1)) return;
          for (let back = 0; back < minDwell; back++)
            expect(observations[i - back]?.[regime]).toBeGreaterThanOrEqual(enterProbability);
        });
      },
    ),
  );
});
