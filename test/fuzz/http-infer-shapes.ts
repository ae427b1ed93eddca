/** Requests of the Open Inference Protocol: right ones, with changed fields, and with binary data that lies. */
import { deflateSync, gzipSync } from "node:zlib";
import { listNumbers } from "../../protocol/number-list.js";
import { credentialOf, tokens } from "./credentials.js";
import { hostileValue } from "./hostile-values.js";
import type { HttpShape, ShapeOf, ShapeWords } from "./http-shape.js";
import { jsonText } from "./json-text.js";
import type { Random } from "./random.js";
import { inputsOf, parametersOf, type ServableDescription } from "./servables.js";
import { mutated } from "./tree-mutations.js";
import { Entries, type Entry, type WireValue } from "./wire-value.js";

function posted(
  { random, catalog }: ShapeWords,
  servable: ServableDescription,
  body: Buffer,
  lines: readonly string[] = [],
): HttpShape {
  const name = random.chance(0.9) ? servable.name : encodeURIComponent(random.pick(catalog.models).name);
  const path = `/v2/models/${name}${random.chance(0.2) ? `/versions/${servable.version ?? "1"}` : ""}/infer`;
  const header = random.chance(0.8) ? `Bearer ${tokens.attacker}` : credentialOf(random).header;
  const head = [
    `POST ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    ...(header === undefined ? [] : [`Authorization: ${header}`]),
    ...(random.chance(0.05) ? [`Idempotency-Key: key-${random.integer(0, 200)}`] : []),
    ...(random.chance(0.1) ? [`Accept-Encoding: ${random.pick(["gzip", "deflate", "br", "*;q=0"])}`] : []),
    ...lines,
    `Content-Length: ${body.length}`,
  ];
  const bytes = Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), body]);
  return { bytes, requests: 1, least: 1, most: 1 };
}

function servableOf({ random, catalog }: ShapeWords): ServableDescription {
  const kind = random.chance(0.8) ? "model" : "fit";
  return random.pick(catalog.models.filter((each) => each.kind === kind));
}

/** The tree of a right request. */
function requestTree(servable: ServableDescription, random: Random): Entries {
  const inputs = Object.entries(inputsOf(servable, random)).map(
    ([name, tensor]): WireValue =>
      new Entries([
        ["name", name],
        ["datatype", tensor.datatype],
        ["shape", [...tensor.shape]],
        [
          "data",
          tensor.datatype === "BYTES" ? [...(tensor.data as string[])] : (listNumbers(tensor) as WireValue),
        ],
      ]),
  );
  const parameters = Object.entries(parametersOf(servable, random)) as Entry[];
  return new Entries([
    ...(random.chance(0.5) ? [["id", "fuzz"] satisfies Entry] : []),
    ["inputs", inputs],
    ...(random.chance(0.7) ? [["parameters", new Entries(parameters)] satisfies Entry] : []),
  ]);
}

const body = (tree: WireValue) => Buffer.from(jsonText(tree));

export const inferShapes: Readonly<Record<string, ShapeOf>> = {
  infer(words) {
    const servable = servableOf(words);
    return posted(words, servable, body(requestTree(servable, words.random)));
  },
  inferChanged(words) {
    const servable = servableOf(words);
    return posted(words, servable, body(mutated(requestTree(servable, words.random), words.random)));
  },
  inferHostile: (words) => posted(words, servableOf(words), body(hostileValue(words.random))),
  inferBinary(words) {
    const { random } = words;
    const size = random.pick([0, 4, 64, 128, 2 ** 31, -4]);
    const input = new Entries([
      ["name", "X"],
      ["datatype", random.pick(["FP32", "FP64", "BYTES", "INT64", "FP17"])],
      ["shape", random.pick<WireValue>([[1, 16], [2, 16], [0], [2 ** 31, 2], [-1, 16], "x"])],
      ["parameters", new Entries([["binary_data_size", size]])],
    ]);
    const head = body(new Entries([["inputs", [input]]]));
    const announced = random.pick([head.length, head.length - 1, head.length + 1_000, 0, -1, 1e20, "x"]);
    const bytes = Buffer.concat([head, random.bytes(random.pick([0, 4, 64, 128, 1_000]))]);
    return posted(words, servableOf(words), bytes, [`Inference-Header-Content-Length: ${announced}`]);
  },
  inferCompressed(words) {
    const { random } = words;
    const servable = servableOf(words);
    const right = body(requestTree(servable, random));
    const bomb = () => gzipSync(Buffer.alloc(4 * 1024 * 1024));
    const [encoding, bytes] = random.pick<readonly [string, () => Buffer]>([
      ["gzip", () => gzipSync(right)],
      ["deflate", () => deflateSync(right)],
      ["gzip", () => gzipSync(right).subarray(0, 20)],
      ["gzip", () => random.bytes(100)],
      ["gzip", bomb],
      ["br", () => right],
      ["gzip, gzip", () => gzipSync(gzipSync(right))],
    ]);
    return posted(words, servable, bytes(), [`Content-Encoding: ${encoding}`]);
  },
};
