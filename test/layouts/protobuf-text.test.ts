/** Protocol buffers' text format: what the specification gives as examples, and anything at all. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  parseProtobufText,
  type TextMessage,
  type TextValue,
} from "../../engines/onnx/layouts/protobuf-text.js";

/** As plain objects, which compare without their prototypes. */
const parsed = (text: string): unknown => JSON.parse(JSON.stringify(parseProtobufText(text)));

describe("the text format", () => {
  it.each([
    ['name: "a"', { name: ["a"] }],
    ["name: 'it''s' \"one\"", { name: ["itsone"] }],
    ["input [ { dims: [ 1, -1 ] }, { dims: 3 dims: 4 } ]", { input: [{ dims: [1, -1] }, { dims: [3, 4] }] }],
    ["input { dims: [] } # nothing\ninput < dims: 0x10; >", { input: [{ dims: [] }, { dims: [16] }] }],
    ["a: TYPE_FP32, b: true; c: -1.5e3f d: 010", { a: ["TYPE_FP32"], b: [true], c: [-1500], d: [8] }],
    ['a: "\\"\\x41\\101\\n\\u00e9"', { a: ['"AA\né'] }],
    ["policy: { all { } }", { policy: [{ all: [{}] }] }],
    ["  # nothing but a comment", {}],
    ["__proto__: 1", { ["__proto__"]: [1] }],
  ])("%s", (text, message) => {
    expect(parsed(text)).toEqual(message);
  });

  it.each([
    ["a", /line 1, column 2: expected a colon, or \{ of a message, found the end/],
    ["a: 1\nb: {", /line 2, column 5: expected the name of a field or \}, found the end/],
    ["a: [1 2]", /expected , or \] of a list, found "2\]"/],
    ['a: "b', /expected ", the end of a string/],
    ["a: 'b\n'", /expected ', the end of a string/],
    ['a: "\\q"', /expected no \\q/],
    ["[a.b.c]: 1", /an extension/],
    ["a: }", /expected a value, found "\}"/],
    ["a: 12ab", /expected/],
    ["a ".repeat(3), /expected a colon/],
    [`${"a {".repeat(70)}`, /nested more than 64 deep/],
  ])("refuses %s", (text, reason) => {
    expect(() => parseProtobufText(text)).toThrow(reason);
  });

  it("reads what was written, whatever it was", () => {
    fc.assert(
      fc.property(messages, (message) => {
        const again = parsed(written(message));
        expect(again).toEqual(JSON.parse(JSON.stringify(message)));
      }),
      { numRuns: 300 },
    );
  });

  it("of any text is read, or refused with a place", () => {
    const pieces = fc.constantFrom(
      "a",
      ":",
      "{",
      "}",
      "[",
      "]",
      "<",
      ">",
      ",",
      ";",
      "#",
      '"',
      "\\",
      "-",
      "1",
      "0x",
      ".",
      "\n",
      " ",
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces).map((each) => each.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseProtobufText(text);
        } catch (error) {
          expect(String(error)).toMatch(/line \d+, column \d+: expected/);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

const fieldNames = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
const { messages } = fc.letrec<{ messages: TextMessage; values: TextValue }>((tie) => ({
  messages: fc.dictionary(fieldNames, fc.array(tie("values"), { minLength: 1, maxLength: 3 }), {
    maxKeys: 4,
    noNullPrototype: false,
  }),
  values: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: "binary" }),
    fc.integer(),
    fc.boolean(),
    tie("messages"),
  ),
}));

function written(message: TextMessage): string {
  return Object.entries(message)
    .map(([name, values]) => `${name}: [${values.map(writtenValue).join(", ")}]`)
    .join("\n");
}

function writtenValue(value: TextValue): string {
  if (typeof value === "object") return `{ ${written(value)} }`;
  return typeof value === "string" ? `"${escaped(value)}"` : String(value);
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
