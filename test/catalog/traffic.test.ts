import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseVersion, sharesOf, type VersionWeight } from "../../gateway/catalog/traffic.js";
import { check } from "../support/seeded.js";

const weighted = fc
  .uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
  .chain((versions) =>
    fc.tuple(
      ...versions.map((version) =>
        fc
          .integer({ min: 1, max: 20 })
          .map((weight): VersionWeight => ({ version: String(version), weight })),
      ),
    ),
  );

const keys = Array.from({ length: 4_000 }, (_, i) => `market-impact\u0000desk-${i}`);

describe("a choice of version", () => {
  it("is one of those there are, and always the same", () => {
    check(
      fc.property(weighted, fc.string(), (versions, key) => {
        const chosen = chooseVersion(versions, key);
        expect(versions.map(({ version }) => version)).toContain(chosen);
        expect(chooseVersion([...versions].reverse(), key)).toBe(chosen);
      }),
    );
  });

  it("follows the weights", () => {
    check(
      fc.property(weighted, (versions) => {
        const counts = new Map<string, number>();
        for (const key of keys) {
          const chosen = chooseVersion(versions, key);
          counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
        }
        for (const [version, share] of sharesOf(versions)) {
          const expected = share * keys.length;
          const deviation = Math.sqrt(expected * (1 - share)); // the standard deviation of a binomial distribution
          expect(Math.abs((counts.get(version) ?? 0) - expected)).toBeLessThan(6 * deviation + 1);
        }
      }),
      40,
    );
  });

  it("moves no key but to the version whose weight grew, or from the one whose weight fell", () => {
    check(
      fc.property(weighted, fc.nat(), fc.integer({ min: 1, max: 30 }), (versions, pick, weight) => {
        const changed = versions[pick % versions.length] as VersionWeight;
        const after = versions.map((each) => (each === changed ? { ...each, weight } : each));
        for (const key of keys.slice(0, 500)) {
          const [was, is] = [chooseVersion(versions, key), chooseVersion(after, key)];
          if (was !== is) expect(weight > changed.weight ? is : was).toBe(changed.version);
        }
      }),
      60,
    );
  });

  it("leaves every key where it was when a version is removed that did not have it", () => {
    check(
      fc.property(weighted, fc.nat(), (versions, pick) => {
        fc.pre(versions.length > 1);
        const gone = versions[pick % versions.length] as VersionWeight;
        const after = versions.filter((each) => each !== gone);
        for (const key of keys.slice(0, 500)) {
          const was = chooseVersion(versions, key);
          if (was !== gone.version) expect(chooseVersion(after, key)).toBe(was);
        }
      }),
      60,
    );
  });
});
