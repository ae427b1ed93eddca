/** One digest for one request: a map's order is nobody's doing, and what differs is told apart. */
import { describe, expect, it } from "vitest";
import type { InferenceRequest } from "../../gateway/catalog/inference-request.js";
import { isDigestOf, requestDigest } from "../../gateway/catalog/request-digest.js";

const X = { datatype: "FP32", shape: [1, 2], data: new Uint8Array(Float32Array.of(1, 2).buffer) } as const;
const S = { datatype: "BYTES", shape: [1], data: ["a"] } as const;
const asked = (overrides: Partial<InferenceRequest> = {}): InferenceRequest => ({
  model: "echo",
  parameters: { k: 2, a: 1 },
  inputs: { X, S },
  outputs: ["Y"],
  ...overrides,
});

describe("the digest of a request", () => {
  it("does not depend on the order of names", () => {
    const one = asked({ outputs: ["Y", "Z"] });
    const other = asked({
      outputs: ["Z", "Y"],
      parameters: { a: 1, k: 2 },
      inputs: { S, X },
      timeoutMs: 5,
      priority: 2,
    });
    expect(requestDigest(other)).toBe(requestDigest(one));
    expect(isDigestOf(requestDigest(one), other)).toBe(true);
  });

  it.each<[string, Partial<InferenceRequest>]>([
    ["model", { model: "other" }],
    ["version", { version: "1" }],
    ["parameter", { parameters: { k: 2, a: 2 } }],
    ["parameter of another type", { parameters: { k: 2, a: "1" } }],
    ["parameter that is no finite number", { parameters: { k: 2, a: Infinity } }],
    ["number of parameters", { parameters: { k: 2 } }],
    ["outputs", { outputs: ["Z"] }],
    ["shape", { inputs: { X: { ...X, shape: [2, 1] }, S } }],
    ["datatype", { inputs: { X: { ...X, datatype: "INT32" }, S } }],
    ["elements", { inputs: { X: { ...X, data: new Uint8Array(8) }, S } }],
    ["strings", { inputs: { X, S: { ...S, data: ["b"] } } }],
    ["inputs that changed their names", { inputs: { S: X, X: S } }],
  ])("tells apart another %s", (_, other) => {
    expect(isDigestOf(requestDigest(asked()), asked(other))).toBe(false);
  });

  it("tells null from the numbers that JSON writes as null, and those from each other", () => {
    const values = [null, Number.NaN, Infinity, -Infinity];
    const digests = values.map((a) => requestDigest(asked({ parameters: { k: 2, a } })));
    expect(new Set(digests).size).toBe(values.length);
  });

  it("is not that of the same request of others", () => {
    expect(requestDigest(asked(), "alpha")).not.toBe(requestDigest(asked(), "beta"));
  });

  it("of a gateway before this form is known for what it was: in its own order alone", () => {
    // SHA-256, made by hashlib, of the JSON of [model, version, parameters, outputs], then of each input its JSON and data.
    const before = "m/U/6K6ppqb1pGHZp+4q8LhZKi6XHk/ClMFwsJ7zSXo=";
    expect(isDigestOf(before, asked())).toBe(true);
    expect(isDigestOf(before, asked({ inputs: { S, X } }))).toBe(false);
    expect(isDigestOf(before, asked({ model: "other" }))).toBe(false);
  });
});
