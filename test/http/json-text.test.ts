import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "../../gateway/faces/http/json-text.js";
import { check } from "../support/seeded.js";

const parsed = (text: string) => parseJson(Buffer.from(text));

/** No member is called `__proto__`, which is refused. */
const jsonText = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => JSON.stringify(value))
  .filter((text) => !text.includes("__proto__"));

describe("JSON with a member __proto__ is refused by its path", () => {
  it.each([
    ['{"__proto__":1}', "__proto__"],
    ['{"parameters":{"__proto__":{"a":1}}}', "parameters.__proto__"],
    ['{"inputs":[{},{"parameters":{"\\u005f_proto__":1}}]}', "inputs[1].parameters.__proto__"],
    ['{"a":NaN,"b":{"__pr\\u006Fto__":NaN}}', "b.__proto__"],
  ])("%s", (text, path) => expect(() => parsed(text)).toThrow(`${path}: is no name: choose another`));

  it("and a value may be that text", () => {
    const value = { a: "__proto__", b: "\\u", c: ["__proto__"] };
    expect(parsed(JSON.stringify(value))).toEqual(value);
  });
});

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
      fc.property(jsonText, (text) => {
        expect(parsed(text)).toEqual(JSON.parse(text));
        expect(parsed(`[NaN,${text}]`)).toEqual(["NaN", JSON.parse(text)]);
      }),
    );
  });

  it("is read in one pass: a string of escaped quotes without an end took 8 s for 120 kB, and now 4 MB are refused", () => {
    expect(() => parsed(`[NaN,"${'\\"'.repeat(2_000_000)}`)).toThrow(/not JSON/);
  });
});
