/** The picture: a whole, self-contained SVG that shows every change and leaves no time unshaded. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { placeLabels } from "../../chart/labels.js";
import { type Point, picture } from "../../chart/picture.js";
import { linearScale, logScale, logTicks, yearsOf } from "../../chart/scales.js";
import { spellsOf } from "../../chart/spells.js";

const day = 86_400_000;
const start = Date.UTC(2007, 0, 2, 21);
const line: readonly Point[] = Array.from({ length: 1_000 }, (_, i) => {
  return { time: start + i * day, value: 1_400 * Math.exp(-0.5 * Math.sin(i / 200)) };
});
const turns = [
  { time: start + 100 * day, to: "calm" },
  { time: start + 300 * day, to: "normal" },
  { time: start + 620 * day, to: "turbulent" },
  { time: start + 800 * day, to: "normal" },
];
const options = { title: "Rates & <prices>", subtitle: 'a "test"', source: "none" };
const svg = picture(line, turns, options);

/** Names of elements in order, throwing where a tag is not closed as it was opened. */
function elementsOf(xml: string): readonly string[] {
  const open: string[] = [];
  const names: string[] = [];
  for (const [, slash, name = "", , closed] of xml.matchAll(
    /<(\/?)([a-z]+)((?:\s[^<>"]+="[^"<>]*")*)(\/?)>/g,
  )) {
    if (slash === "/") expect(open.pop()).toBe(name);
    else names.push(name);
    if (slash === "" && closed === "") open.push(name);
  }
  expect(open).toEqual([]);
  return names;
}

function inGroup(name: string): string {
  return svg.split(`<g class="${name}">`)[1]?.split("</g>")[0] ?? "";
}

function numbersOf(xml: string, attribute: string): readonly number[] {
  return [...xml.matchAll(new RegExp(` ${attribute}="([^"]+)"`, "g"))].map(([, value]) => Number(value));
}

describe("the file", () => {
  test("is well-formed, and every < in it opens an element", () => {
    expect(elementsOf(svg)[0]).toBe("svg");
    const tags = [...svg.matchAll(/<\/?[a-z]+((\s[^<>"]+="[^"<>]*")*)\/?>/g)].length;
    expect(svg.split("<").length - 1).toBe(tags);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("escapes what it is told", () => {
    expect(svg).toContain("Rates &amp; &lt;prices&gt;");
  });

  test("fetches nothing and runs nothing", () => {
    const names = new Set(elementsOf(svg));
    for (const name of ["script", "image", "use", "foreignObject", "link"]) expect(names).not.toContain(name);
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:|url\(|@import|href/);
  });

  test("has a scheme for light and for dark pages", () => {
    expect(svg).toContain("@media (prefers-color-scheme: dark)");
  });

  test("is the same each time", () => {
    expect(picture(line, turns, options)).toBe(svg);
  });
});

describe("what it shows", () => {
  test("a dot for each change, a dated label for each turn to turbulent", () => {
    expect(numbersOf(inGroup("turns"), "cx")).toHaveLength(turns.length);
    expect(inGroup("labels")).toContain("Sep 2008");
    expect(numbersOf(inGroup("labels"), "x")).toHaveLength(1);
  });

  test.each(["bands", "ribbon"])("%s without a gap from the first day to the last", (name) => {
    const lefts = numbersOf(inGroup(name), "x");
    const widths = numbersOf(inGroup(name), "width");
    expect(lefts).toHaveLength(turns.length + 1);
    expect(lefts[0]).toBe(28);
    for (let i = 1; i < lefts.length; i++)
      expect((lefts[i - 1] ?? 0) + (widths[i - 1] ?? 0)).toBeCloseTo(lefts[i] ?? 0, 0);
    expect((lefts.at(-1) ?? 0) + (widths.at(-1) ?? 0)).toBeCloseTo(942, 0);
  });

  test("the years, and round prices", () => {
    for (const year of ["2007", "2008", "2009"]) expect(inGroup("axis quiet")).toContain(`>${year}<`);
    expect(inGroup("grid")).toContain(">1,000<");
  });

  test("it can be drawn before any change", () => {
    expect(picture(line, [], options)).toContain('class="unknown"');
  });
});

describe("its parts", () => {
  test("a log scale gives equal ratios equal distances", () => {
    const y = logScale(500, 4_000, [300, 0]);
    expect(y(1_000) - y(500)).toBeCloseTo(y(2_000) - y(1_000), 9);
    expect(logTicks(y)).toEqual([500, 700, 1_000, 1_500, 2_000, 3_000]);
  });

  test("years are cut where the scale ends", () => {
    const x = linearScale(Date.UTC(2007, 6), Date.UTC(2008, 6), [0, 100]);
    expect(yearsOf(x).map(({ year }) => year)).toEqual([2007, 2008]);
    expect(yearsOf(x)[0]?.from).toBe(x.from);
    expect(yearsOf(x)[1]?.to).toBe(x.to);
  });

  test("spells are unknown at first and end where the next begins", () => {
    expect(spellsOf([{ time: 5, to: "calm" }], 0, 9)).toEqual([
      { regime: "unknown", from: 0, to: 5 },
      { regime: "calm", from: 5, to: 9 },
    ]);
  });

  test("labels never cover each other and stay inside", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1_000, noNaN: true }), { maxLength: 40 }), (xs) => {
        const placed = placeLabels(
          xs.map((x) => ({ text: "", x })),
          60,
          3,
          [0, 1_000],
        );
        for (const a of placed) {
          expect(a.left >= 0 && a.left <= 940).toBe(true);
          for (const b of placed)
            if (a !== b && a.row === b.row) expect(Math.abs(a.left - b.left) >= 60).toBe(true);
        }
      }),
    );
  });
});
