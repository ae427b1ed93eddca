import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "../../gateway/faces/http/json-text.js";
import { check } from "../support/seeded.js";

const parsed = (text: string) => parseJson(Buffer.from(text));

describe("JSON with bare names", () => {
  it.each([
    ["[NaN,-Infinity,Infinity]", ["NaN", "-Infinity", "Infinity"]],
    ['{"NaN":NaN,"a":"NaN, Infinity","b":"\\"NaN"}', { NaN: "NaN", a: "NaN, Infinity", b: '"NaN' }],
    ['["I",NaN]', ["I", "NaN"]],
  ])("%s is read", (text, value) => expect(parsed(text)).toEqual(value));

  it.each(["[NaNs]", "[-NaN]", "[Inf]", "[Infinityx]", '[NaN,"', "[N]"])("%s is no JSON", (text) =>
    expect(() => parsed(text)).toThrow(/not JSON/),
  );

  it("without any means what JSON.parse says", () => {
    check(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value);
        expect(parsed(text)).toEqual(JSON.parse(text));
        expect(parsed(`[NaN,${text}]`)).toEqual(["NaN", JSON.parse(text)]);
      }),
    );
  });

  it("is read in one pass: a string of escaped quotes without an end took 8 s for 120 kB, and now 4 MB are refused", () => {
    expect(() => parsed(`[NaN,"${'\\"'.repeat(2_000_000)}`)).toThrow(/not JSON/);
  });
});
