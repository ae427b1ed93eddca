/** What a model's card tells of the data that it was trained on. */
import { createHash, type Hash } from "node:crypto";
import { type Pieces, pieceSize } from "../../engines/pieces.js";
import type { Signature } from "../../engines/servable.js";
import type { WireTensor, WireTensors } from "../../protocol/tensor.js";
import type { TrainingDataDigest } from "../jobs/job-request.js";

/** Bytes that are hashed in one piece, which takes less than two milliseconds. */
const pieceBytes = 8 * pieceSize;

/**
 * The hash is that of a dataset's content: the SHA-256 of a text with a line for each input, in ascending order of the
 * names' UTF-8 bytes: `<datatype> <shape, with commas> <SHA-256 of the input's bytes> <name>`. A string's bytes are its
 * length in four bytes, little-endian, and its UTF-8.
 */
export function* digestOf(
  inputs: WireTensors,
  { inputs: specs }: Pick<Signature, "inputs">,
): Pieces<TrainingDataDigest> {
  const names = Object.keys(inputs).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const whole = createHash("sha256");
  for (const name of names) {
    const tensor = inputs[name] as WireTensor;
    const hash = createHash("sha256");
    yield* addElements(hash, tensor.data);
    whole.update(`${tensor.datatype} ${tensor.shape.join(",")} ${hash.digest("hex")} ${name}\n`);
  }
  return { sha256: whole.digest("hex"), ...sizeOf(inputs, specs) };
}

/** Of X; where a trainer has none, as for policies, of all tables that have the first input's rows. */
function sizeOf(
  inputs: WireTensors,
  specs: Signature["inputs"],
): Pick<TrainingDataDigest, "rows" | "columns"> {
  const of = specs.some(({ name }) => name === "X")
    ? ["X"]
    : specs
        .filter(({ shape }) => shape.length > 1 && shape[0] === specs[0]?.shape[0])
        .map(({ name }) => name);
  const shapes = of.map((name) => inputs[name]?.shape ?? []);
  return {
    rows: shapes[0]?.[0] ?? 0,
    columns: shapes.reduce((sum, shape) => sum + (shape.at(-1) ?? 0), 0),
  };
}

function* addElements(hash: Hash, data: WireTensor["data"]): Pieces<void> {
  if (data instanceof Uint8Array) {
    for (let at = 0; at < data.length; at += pieceBytes) {
      hash.update(data.subarray(at, at + pieceBytes));
      yield;
    }
    return;
  }
  const length = Buffer.alloc(4);
  for (const [i, text] of data.entries()) {
    const bytes = Buffer.from(text);
    length.writeUInt32LE(bytes.length);
    hash.update(length);
    hash.update(bytes);
    if (i % 1_024 === 1_023) yield;
  }
}
