import fc from "fast-check";
import { expect, it } from "vitest";
import { hasRepeatedMembers } from "../../../gateway/auth/jwt/repeated-members.js";

it.each([
  ['{"iss":"a","iss":"b"}', "at the top"],
  ['{"a":{"b":1,"c":{},"b":2}}', "in an object in an object"],
  ['[{"a":1},{"a":1,"a":1}]', "in an object of an array"],
  ['{"iss":1,"\\u0069ss":2}', "when one of them is written with an escape"],
  ['{"a" : 1, "a"\n:2}', "with spaces before the colon"],
  ['{"__proto__":1,"__proto__":2}', "under a name that objects inherit"],
  ['{"a\\"":1,"a\\"":2}', "with a quotation mark in the name"],
])("%s repeats a name %s", (json) => {
  expect(hasRepeatedMembers(json)).toBe(true);
});

it.each([
  '{"a":{"a":{"a":1}},"b":{"a":1}}',
  '{"a":"a","b":["a","a","a"]}',
  '{"a":"{\\"a\\":1,\\"a\\":2}"}',
  '{"toString":1,"a":"\\\\","b":":"}',
  "{}",
  "[]",
  '"a"',
])("%s repeats none", (json) => {
  expect(hasRepeatedMembers(json)).toBe(false);
});

it("what JSON.stringify writes repeats no name, and one more copy of any member does", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (value) => {
      const json = JSON.stringify(value);
      const member = JSON.stringify(Object.keys(value)[0]);
      return !hasRepeatedMembers(json) && hasRepeatedMembers(`${json.slice(0, -1)},${member}:0}`);
    }),
  );
});
