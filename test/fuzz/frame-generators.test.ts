import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { jsonCodec } from "../../protocol/json.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import { parseClientFrame } from "../../protocol/parse-client-frame.js";
import { frameGenerators, generatedTypes, type Vocabulary } from "./frame-generators.js";
import { jsonText } from "./json-text.js";
import { MsgpackText } from "./msgpack-text.js";
import { Random } from "./random.js";
import { smallCatalog } from "./small-catalog.js";
import { treeOf } from "./wire-value.js";

function vocabulary(seed: number): Vocabulary {
  let id = 0;
  return {
    random: new Random(seed),
    catalog: smallCatalog,
    streams: ["SPX", "A.b:c/d-e"],
    tokens: ["good", "wrong"],
    nextId: () => ++id,
  };
}

describe("the generators of frames", () => {
  it("has one for every client frame that PROTOCOL.md lists", () => {
    const specification = readFileSync(new URL("../../PROTOCOL.md", import.meta.url), "utf8");
    const [, section = ""] = specification.split(/^## Client frames$/m);
    const [frames = ""] = section.split(/^## /m);
    const listed = [...frames.matchAll(/^### `(\w+)`$/gm)].map(([, type]) => type);
    expect(listed.length).toBeGreaterThan(10);
    expect([...generatedTypes].sort()).toEqual(listed.sort());
  });

  it.each(generatedTypes)("makes a %s that the gateway takes, in both forms", (type) => {
    const words = vocabulary(7);
    for (let i = 0; i < 200; i++) {
      const frame = frameGenerators[type](words);
      const binary = MsgpackText.of(treeOf(frame, "binary"), words.random, i % 2 === 0 ? 0 : 0.5);
      const json = Buffer.from(jsonText(treeOf(frame, "json")));
      const [fromBinary] = msgpackCodec.decode(binary);
      const [fromJson] = jsonCodec.decode(json);
      const taken = parseClientFrame(fromBinary?.value, "binary");
      expect(taken).toEqual(frame);
      expect(parseClientFrame(fromJson?.value, "json").type).toBe(type);
    }
  });
});
