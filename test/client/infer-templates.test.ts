/** A frame that a template wrote is the frame that the general writer writes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InferTemplate } from "../../client/typescript/infer-template.js";
import { InferTemplates } from "../../client/typescript/infer-templates.js";
import type { InferOptions, Inputs } from "../../client/typescript/options.js";
import { inferFrame } from "../../client/typescript/request-frames.js";
import { tensor } from "../../client/typescript/tensor.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import { datatypeBytes, fromWire, type Tensor } from "../../protocol/tensor.js";
import { clientFrame, datatypes, tensorOf } from "../protocol/any-frame.js";
import { check, withoutBuffers } from "../protocol/check.js";

const X = (...values: number[]) => ({ X: tensor(Float32Array.from(values), [1, values.length]) });

/** What the template's bytes are read as, and what the general writer's are. */
function bothWays(
  templates: InferTemplates,
  { id = 7, model = "m", inputs = X(1, 2) as Inputs, options = {} as InferOptions, ms = 30_000 },
) {
  const written = templates.encode(id, model, inputs, options, ms);
  const general = msgpackCodec.encode(inferFrame(id, model, inputs, options, ms));
  const read = (bytes: Uint8Array) => withoutBuffers(msgpackCodec.decode(bytes).map(({ value }) => value));
  const whole = Array.isArray(general) ? Buffer.concat(general) : (general as Uint8Array);
  return { isKnown: written !== undefined, written: written && read(written), general: read(whole) };
}

const names = fc.oneof(fc.string({ minLength: 1, maxLength: 12 }), fc.constantFrom("X", "data"));
const odd = fc.constantFrom("__proto__", "constructor", "length");
const anyTensor = fc
  .constantFrom(...datatypes)
  .chain(tensorOf)
  .map(fromWire);
/** Between one and six numbers of any type. */
const numbers = fc.constantFrom(...datatypes.filter((datatype) => datatype !== "BYTES")).chain((datatype) =>
  fc.array(fc.nat(255), { minLength: 8, maxLength: 48 }).map((bytes) => {
    const count = Math.floor(bytes.length / 8);
    const data = Uint8Array.from(bytes.slice(0, count * datatypeBytes[datatype]));
    return fromWire({ datatype, shape: [1, count], data });
  }),
);
const anyInputs = fc.oneof(
  { weight: 3, arbitrary: fc.dictionary(names, numbers, { minKeys: 1, maxKeys: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(fc.oneof(names, odd), anyTensor, { maxKeys: 3 }) },
) as fc.Arbitrary<Inputs>;

const anyOptions: fc.Arbitrary<InferOptions> = fc.record(
  {
    version: fc.string({ minLength: 1, maxLength: 8 }),
    parameters: fc.dictionary(
      fc.string({ maxLength: 8 }),
      fc.oneof(fc.double(), fc.integer(), fc.boolean(), fc.string()),
    ),
    outputs: fc.array(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 3 }),
    priority: fc.integer({ min: 0, max: 5 }),
  },
  { requiredKeys: [] },
);

describe("a frame that a template wrote", () => {
  it("is read as what the general writer writes, whatever is asked, also when it is asked again", () => {
    const request = fc.record({
      id: fc.integer({ min: 1, max: 0xffff_ffff }),
      model: fc.string({ minLength: 1, maxLength: 70 }),
      inputs: anyInputs,
      options: anyOptions,
      ms: fc.integer({ min: 1, max: 86_400_000 }),
    });
    let known = 0;
    check(
      fc.property(request, (asked) => {
        const templates = new InferTemplates();
        for (const id of [asked.id, 1, 0xffff]) {
          const { isKnown, written, general } = bothWays(templates, { ...asked, id });
          if (isKnown) expect(written).toEqual(general);
          known += Number(isKnown);
        }
      }),
      300,
    );
    expect(known).toBeGreaterThan(300); // or the property above says nothing
  });

  it("has its own numbers each time, of any shape that was asked before", () => {
    const templates = new InferTemplates();
    check(
      fc.property(
        fc.constantFrom("m", "n"),
        fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 70 }),
        fc.integer({ min: 1, max: 0xffff_ffff }),
        (model, values, id) => {
          const { isKnown, written, general } = bothWays(templates, { id, model, inputs: X(...values) });
          if (isKnown) expect(written).toEqual(general);
        },
      ),
      300,
    );
  });

  it("tells every frame of the protocol's own generator, or leaves it to the general writer", () => {
    check(
      fc.property(clientFrame("infer"), (frame) => {
        if (frame.type !== "infer") return;
        const { id, model, inputs: wired, timeout_ms: ms = 5, ...options } = frame;
        const entries = Object.entries(wired).map(([name, input]) =>
          "datatype" in input ? [name, fromWire(input)] : [name, input],
        );
        const inputs = Object.fromEntries(entries) as Inputs;
        const asked = { id, model, inputs, options: options as InferOptions, ms: Math.ceil(Math.max(1, ms)) };
        const { isKnown, written, general } = bothWays(new InferTemplates(), asked);
        if (isKnown) expect(written).toEqual(general);
      }),
      200,
    );
  });

  it("follows parameters and outputs that the caller changed in place", () => {
    const templates = new InferTemplates();
    const parameters: Record<string, number> = { k: 1 };
    const outputs = ["a"];
    for (const change of [
      () => {},
      () => (parameters["k"] = 2),
      () => outputs.push("b"),
      () => (parameters["j"] = 0),
    ]) {
      change();
      const { isKnown, written, general } = bothWays(templates, { options: { parameters, outputs } });
      expect(isKnown).toBe(true);
      expect(written).toEqual(general);
    }
  });

  it.each([
    ["strings", { X: { datatype: "BYTES", shape: [1], data: ["a"] } }, {}],
    ["a reference", { X: { dataset: "d", column: "X" } }, {}],
    ["data that is not of the shape that was asked before", X(1, 2, 3), {}],
    ["a key", X(1, 2), { key: "k" }],
    ["a trace", X(1, 2), { traceparent: "00-1-1-00" }],
    ["nested parameters", X(1, 2), { parameters: { of: { a: 1 } } }],
    ["nothing", { X: tensor(new Float32Array(0), [0, 2]) }, {}],
    ["much", { X: tensor(new Float32Array(4_096), [1, 4_096]) }, {}],
  ])("is none for %s, or has just that", (_, inputs, options) => {
    const templates = new InferTemplates();
    bothWays(templates, {});
    const asked = { inputs: inputs as unknown as Inputs, options: options as InferOptions };
    const { isKnown, written, general } = bothWays(templates, asked);
    if (isKnown) expect(written).toEqual(general);
  });

  it("keeps a wrong shape wrong, for the gateway to refuse", () => {
    const templates = new InferTemplates();
    bothWays(templates, {});
    const wrong: Tensor = { datatype: "FP32", shape: [1, 2], data: new Float32Array(3) };
    const { written, general } = bothWays(templates, { inputs: { X: wrong } });
    expect(written).toEqual(general);
  });

  it("is made seldom for those who ask in ever new shapes", () => {
    const templates = new InferTemplates();
    let made = 0;
    const { of } = InferTemplate;
    InferTemplate.of = (...asked) => {
      made++;
      return of(...asked);
    };
    try {
      for (let n = 1; n <= 1_000; n++) templates.encode(n, "m", X(...new Array<number>(n).fill(1)), {}, 5);
    } finally {
      InferTemplate.of = of;
    }
    expect(made).toBeGreaterThan(30);
    expect(made).toBeLessThan(50);
  });
});
