/**
 * Equal requests have equal digests whatever the order of names in their maps, and different requests have different
 * ones.
 */
import { describe, expect, it } from "vitest";
import type { InferenceRequest } from "../../gateway/catalog/inference-request.js";
import { RequestDigest } from "../../gateway/requests/request-digest.js";

const X = { datatype: "FP32", shape: [1, 2], data: new Uint8Array(Float32Array.of(1, 2).buffer) } as const;
const S = { datatype: "BYTES", shape: [1], data: ["a"] } as const;
const asked = (overrides: Partial<InferenceRequest> = {}): InferenceRequest => ({
  model: "echo",
  parameters: { k: 2, a: 1 },
  inputs: { X, S },
  outputs: ["Y"],
  ...overrides,
});

const markOf = (request: InferenceRequest) => new RequestDigest(request).mark;
const isMarkOf = (mark: string, request: InferenceRequest) => new RequestDigest(request).matches(mark);

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
    expect(markOf(other)).toBe(markOf(one));
    expect(new RequestDigest(other).content).toBe(new RequestDigest(one).content);
    expect(isMarkOf(markOf(one), other)).toBe(true);
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
    expect(isMarkOf(markOf(asked()), asked(other))).toBe(false);
  });

  it("tells null from the numbers that JSON writes as null, and those from each other", () => {
    const values = [null, Number.NaN, Infinity, -Infinity];
    const digests = values.map((a) => markOf(asked({ parameters: { k: 2, a } })));
    expect(new Set(digests).size).toBe(values.length);
  });

  it("is of its content alone, too: whatever model, version and parameters it is asked with", () => {
    const { content } = new RequestDigest(asked());
    const same = asked({ model: "other", version: "2", parameters: { sticky_key: "a" } });
    expect(new RequestDigest(same).content).toBe(content);
    for (const other of [
      { inputs: { X } },
      { inputs: { S: X, X: S } },
      { outputs: ["Z"] },
      { outputs: undefined },
    ])
      expect(new RequestDigest(asked(other)).content).not.toBe(content);
  });

  it("reads the tensors once, for the content and for the mark, and not before it is asked", () => {
    let reads = 0;
    const counted = {
      ...asked(),
      get inputs() {
        reads++;
        return { X, S };
      },
    };
    const digest = new RequestDigest(counted);
    expect(reads).toBe(0);
    const { content, mark } = digest;
    expect([digest.content, digest.mark, digest.matches(mark)]).toEqual([content, mark, true]);
    expect(reads).toBe(1);
  });

  it("of a gateway with the second form is known, in whichever order its names come", () => {
    // SHA-256, made by hashlib, of the JSON of ["", model, version, sorted parameters, outputs], then of each input by its name.
    const before = "2:pSxNWjOSaGIv5fcOCY+sVyCMkaUnW72feAWbxKhTjoo=";
    expect(isMarkOf(before, asked())).toBe(true);
    expect(isMarkOf(before, asked({ inputs: { S, X }, parameters: { a: 1, k: 2 } }))).toBe(true);
    expect(isMarkOf(before, asked({ model: "other" }))).toBe(false);
    expect(isMarkOf(before, asked({ inputs: { X } }))).toBe(false);
  });

  it("of a gateway with the first form is known for what it was: in its own order alone", () => {
    // SHA-256, made by hashlib, of the JSON of [model, version, parameters, outputs], then of each input its JSON and data.
    const before = "m/U/6K6ppqb1pGHZp+4q8LhZKi6XHk/ClMFwsJ7zSXo=";
    expect(isMarkOf(before, asked())).toBe(true);
    expect(isMarkOf(before, asked({ inputs: { S, X } }))).toBe(false);
    expect(isMarkOf(before, asked({ model: "other" }))).toBe(false);
  });
});
