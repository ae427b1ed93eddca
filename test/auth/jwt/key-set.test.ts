/** Which keys of a key set may verify which tokens. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parseKeySet } from "../../../gateway/auth/jwt/key-set.js";
import { keySetLimits } from "../../../gateway/config/issuers.js";

const jwkOf = (key: KeyObject) => ({ ...key.export({ format: "jwk" }) });
const ec = (namedCurve: string) => jwkOf(generateKeyPairSync("ec", { namedCurve }).publicKey);
const rsa = (modulusLength: number) => jwkOf(generateKeyPairSync("rsa", { modulusLength }).publicKey);
const p256 = ec("P-256");
const ed = jwkOf(generateKeyPairSync("ed25519").publicKey);

const setOf = (...keys: object[]) => parseKeySet(JSON.stringify({ keys }));
/** The algorithms of all those that any key of the set may verify. */
const algorithmsOf = (...keys: object[]) =>
  ["HS256", "none", "RS256", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"].filter(
    (algorithm) => setOf(...keys).candidates(algorithm, undefined).length > 0,
  );

it("a key verifies the algorithms of its kind, and of its curve", () => {
  expect(algorithmsOf(rsa(2_048))).toEqual(["RS256", "PS512"]);
  expect(algorithmsOf(p256)).toEqual(["ES256"]);
  expect(algorithmsOf(ec("P-384"))).toEqual(["ES384"]);
  expect(algorithmsOf(ec("P-521"))).toEqual(["ES512"]);
  expect(algorithmsOf(ed)).toEqual(["EdDSA", "Ed25519"]);
});

describe("a key is left out", () => {
  const secret = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  it.each<[string, object]>([
    ["for encryption", { ...p256, use: "enc" }],
    ["for signing only", { ...p256, key_ops: ["sign"] }],
    ["whose operations are no list", { ...p256, key_ops: "verify" }],
    ["of an algorithm of another kind", { ...p256, alg: "RS256" }],
    ["of a secret algorithm", { ...p256, alg: "HS256" }],
    ["that is a secret", { kty: "oct", k: "c2VjcmV0", alg: "HS256" }],
    ["whose private half is published", jwkOf(secret)],
    ["with a number as kid", { ...p256, kid: 1 }],
    ["of 1,024 bits", rsa(1_024)],
    ["of a curve without an algorithm", ec("secp256k1")],
    ["for key agreement", jwkOf(generateKeyPairSync("x25519").publicKey)],
    ["whose point is not on its curve", { ...p256, y: p256["x"] }],
    ["of an unknown kind", { kty: "AKP", pub: "AAAA" }],
    ["without anything", {}],
  ])("%s", (_, jwk) => {
    const set = setOf(jwk, ed);
    expect({ size: set.size, ignored: set.ignored }).toEqual({ size: 1, ignored: 1 });
    expect(algorithmsOf(jwk)).toEqual([]);
  });
});

it("a key with a use, operations and an algorithm verifies that algorithm", () => {
  const bound = { ...rsa(2_048), use: "sig", key_ops: ["verify"], alg: "PS512" };
  expect(algorithmsOf(bound)).toEqual(["PS512"]);
});

it("a token's kid chooses among the keys; without one each of the algorithm is tried, up to a limit", () => {
  const set = setOf({ ...p256, kid: "a" }, { ...p256, kid: "a" }, { ...p256, kid: "b" }, p256, ed);
  expect(set.candidates("ES256", "a")).toHaveLength(2);
  expect(set.candidates("ES256", "b")).toHaveLength(1);
  expect(set.candidates("ES256", "c")).toHaveLength(0);
  expect(set.candidates("EdDSA", "a")).toHaveLength(0);
  expect(set.candidates("ES256", undefined)).toHaveLength(4);
  const many = setOf(...Array.from({ length: 50 }, () => p256));
  expect(many.candidates("ES256", undefined)).toHaveLength(keySetLimits.tried_max);
});

it.each<[string, string]>([
  ["", "JSON"],
  ['{"keys":[', "JSON"],
  ["[]", "array of objects"],
  ["null", "array of objects"],
  ['{"keys":{}}', "array of objects"],
  ['{"keys":[1]}', "array of objects"],
  ['{"keys":[null]}', "array of objects"],
  [JSON.stringify({ keys: Array.from({ length: keySetLimits.keys_max + 1 }, () => ({})) }), "101 keys"],
])("%s is no key set", (text, problem) => {
  expect(() => parseKeySet(text)).toThrow(problem);
});

it("an empty set is one: its issuer has withdrawn its keys", () => {
  expect(parseKeySet('{"keys":[]}').size).toBe(0);
});
