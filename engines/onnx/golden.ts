/**
 * A model's golden answer: inputs, and the outputs that the training library itself computed for them. A version
 * becomes ready only when it reproduces these outputs, so that a bad export is never served.
 */
import { z } from "zod";
import { parseTensor } from "../../protocol/parse-tensor.js";
import { fromWire, type Tensor } from "../../protocol/tensor.js";
import type { Tensors } from "../engine.js";
import { readPlainFile } from "./plain-file.js";

const goldenSchema = z.object({
  made_by: z.string(),
  inputs: z.record(z.string(), z.unknown()),
  outputs: z.record(z.string(), z.unknown()),
  rtol: z.number().nonnegative().default(1e-5),
  atol: z.number().nonnegative().default(1e-6),
  /** For outputs whose tolerance is another one. */
  tolerance: z
    .record(z.string(), z.strictObject({ rtol: z.number().nonnegative(), atol: z.number().nonnegative() }))
    .default({}),
});

/** Limit in bytes: 256 MiB of text. A golden answer needs only a few rows. */
const goldenBytesMax = 268_435_456;

export interface GoldenAnswer {
  readonly madeBy: string;
  readonly inputs: Tensors;
  readonly outputs: Tensors;
  readonly rtol: number;
  readonly atol: number;
  /** The tolerances of the outputs that have one of their own, by name. */
  readonly tolerance?: Readonly<Record<string, Tolerance>>;
}

/** A number differs when `|got - want| > atol + rtol * |want|`. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** @throws when the file is missing or cannot be parsed */
export async function readGolden(path: string): Promise<GoldenAnswer> {
  return parseGolden(await readJson(path), path);
}

/** @param path the file's path, named in errors */
export function parseGolden(json: unknown, path: string): GoldenAnswer {
  const parsed = goldenSchema.safeParse(json);
  if (!parsed.success) throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  const { made_by, inputs, outputs, rtol, atol, tolerance } = parsed.data;
  return {
    madeBy: made_by,
    inputs: tensors(inputs, "inputs"),
    outputs: tensors(outputs, "outputs"),
    rtol,
    atol,
    tolerance,
  };
}

async function readJson(path: string): Promise<unknown> {
  const text = await readPlainFile(path, goldenBytesMax).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === "ENOENT"
        ? `${path}: no golden answer; a version without one is not served. Make one with "headgate models golden"`
        : `${path}: ${error.message}`,
    );
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function tensors(map: Record<string, unknown>, field: string): Tensors {
  return Object.fromEntries(
    Object.entries(map).map(([name, value]) => [
      name,
      fromWire(parseTensor(value, `${field}.${name}`, "json")),
    ]),
  );
}

/** Describes the first difference between an answer and the golden answer; undefined when they agree. */
export function mismatch(golden: GoldenAnswer, answered: Tensors): string | undefined {
  for (const [name, want] of Object.entries(golden.outputs)) {
    const got = answered[name];
    if (got === undefined) return `output ${name} is missing`;
    if (got.shape.join() !== want.shape.join())
      return `output ${name} has shape [${got.shape}], golden [${want.shape}]`;
    const at = firstDifference(want, got, golden.tolerance?.[name] ?? golden);
    if (at >= 0) return `output ${name}[${at}] is ${got.data[at]}, ${golden.madeBy} gave ${want.data[at]}`;
  }
  return undefined;
}

function firstDifference(want: Tensor, got: Tensor, { rtol, atol }: Tolerance): number {
  for (let i = 0; i < want.data.length; i++) {
    const a = want.data[i];
    const b = got.data[i];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const close =
      typeof a === "number" &&
      typeof b === "number" &&
      Number.isFinite(a) && // without this test, every number would be within an infinite tolerance
      Math.abs(a - b) <= atol + rtol * Math.abs(a);
    if (!close) return i;
  }
  return -1;
}
