import fc from "fast-check";
import { expect, it } from "vitest";
import { namespacedKey } from "../../gateway/auth/namespaced-key.js";
import { parseConfig } from "../../gateway/config/parse.js";
import { check } from "../support/seeded.js";

/** The characters that a namespace and the separator consist of, and some that only a client's names may contain. */
const text = fc.string({ unit: fc.constantFrom("a", "b", ".", "-", "_", "\u0000", "é"), maxLength: 6 });

function isNamespace(namespace: string): boolean {
  const key = { sha256: "0".repeat(64), tenant: "desk", namespace };
  try {
    parseConfig({ auth: { keys: [key] } });
    return true;
  } catch {
    return false;
  }
}

it("no two pairs of a namespace and a name have the same key", () => {
  check(
    fc.property(text, text, text, text, (oneSpace, one, otherSpace, other) => {
      fc.pre(isNamespace(oneSpace) && isNamespace(otherSpace));
      const same = oneSpace === otherSpace && one === other;
      expect(namespacedKey(oneSpace, one) === namespacedKey(otherSpace, other)).toBe(same);
    }),
  );
});

it("a namespace holds no NUL, which is what ends it in a key", () => {
  expect(isNamespace("a.b-c_d")).toBe(true);
  expect(isNamespace("a\u0000b")).toBe(false);
});
