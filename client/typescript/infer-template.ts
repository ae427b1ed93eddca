/**
 * The bytes of an infer frame around its values. Requests of one model in one shape differ in their id, in the time that
 * is left and in their numbers: the rest, names and types and parameters, is encoded once.
 */
import { isFields } from "../../protocol/fields.js";
import { placeBytes, placeIntegers, placesOf } from "../../protocol/frame-places.js";
import type { Parameters } from "../../protocol/frames.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import type { SizedFrame } from "../../protocol/msgpack-writer.js";
import type { Tensor, Values } from "../../protocol/tensor.js";
import type { InferOptions, Inputs } from "./options.js";
import { inferFrame } from "./request-frames.js";

/** Above so many bytes copying the numbers takes longer than everything else. */
const bytesMax = 8_192;
/** Up to so many numbers are written one by one, which is faster than making a view of their bytes. */
const singleMax = 64;

interface InputShape {
  readonly name: string;
  readonly datatype: Tensor["datatype"];
  readonly shape: readonly number[];
  readonly bytes: number;
}

export class InferTemplate implements SizedFrame {
  /** The values of the frame that is written next. */
  private id = 0;
  private remainingMs = 0;
  private inputs: Inputs = {};

  private constructor(
    private readonly model: string,
    private readonly options: InferOptions,
    private readonly shapes: readonly InputShape[],
    /** What stands before the id, before the time, before each input's numbers, and at the end. */
    private readonly pieces: readonly Uint8Array[],
    readonly bytes: number,
  ) {}

  /** Undefined for a request whose frame is not all numbers of a known size. */
  static of(model: string, inputs: Inputs, options: InferOptions): InferTemplate | undefined {
    const { version, parameters, outputs, priority } = options;
    const shapes = shapesOf(inputs);
    if (shapes === undefined || !isFlat(parameters)) return undefined;
    if (outputs !== undefined && !Array.isArray(outputs)) return undefined; // the gateway refuses it
    const same: InferOptions = {
      ...(version !== undefined && { version }),
      ...(parameters !== undefined && { parameters: { ...parameters } }),
      ...(outputs !== undefined && { outputs: [...outputs] }),
      ...(priority !== undefined && { priority }),
    };
    const [one, other] = [encodedWith(0, model, shapes, same), encodedWith(1, model, shapes, same)];
    const places = one && other && placesOf(one, other);
    if (one === undefined || places === undefined || places.length !== shapes.length + 2) return undefined;
    const pieces = places.map(({ from }, i) => one.slice(places[i - 1]?.to ?? 0, from));
    return new InferTemplate(model, same, shapes, [...pieces, one.slice(places.at(-1)?.to)], one.length);
  }

  fits(model: string, inputs: Inputs, { version, parameters, outputs, priority }: InferOptions): boolean {
    const { options, shapes } = this;
    if (model !== this.model || version !== options.version || priority !== options.priority) return false;
    if (parameters !== options.parameters && !sameParameters(parameters, options.parameters)) return false;
    if (outputs !== options.outputs && !sameList(outputs, options.outputs)) return false;
    let count = 0;
    for (const name in inputs) if (!fitsShape(name, inputs[name] as Tensor, shapes[count++])) return false;
    return count === shapes.length;
  }

  /** This template with the values of a request that fits: valid until the next one. */
  filled(id: number, remainingMs: number, inputs: Inputs): SizedFrame {
    this.id = id;
    this.remainingMs = remainingMs;
    this.inputs = inputs;
    return this;
  }

  write(memory: Uint8Array, view: DataView, start: number): void {
    const { pieces, shapes } = this;
    let at = this.piece(0, memory, start);
    view.setUint32(at, this.id);
    at = this.piece(1, memory, at + 4);
    view.setUint32(at, this.remainingMs);
    at += 4;
    for (let i = 0; i < shapes.length; i++) {
      at = this.piece(i + 2, memory, at);
      const { name, bytes } = shapes[i] as InputShape;
      writeValues((this.inputs[name] as Tensor).data as Values, memory, view, at);
      at += bytes;
    }
    this.piece(pieces.length - 1, memory, at);
    this.inputs = {}; // the caller's arrays are not kept
  }

  private piece(index: number, memory: Uint8Array, at: number): number {
    const piece = this.pieces[index] as Uint8Array;
    memory.set(piece, at);
    return at + piece.length;
  }
}

function shapesOf(inputs: Inputs): InputShape[] | undefined {
  const shapes: InputShape[] = [];
  let total = 0;
  for (const name in inputs) {
    const { datatype, shape, data } = inputs[name] as Partial<Tensor>;
    if (datatype === undefined || !Array.isArray(shape) || !ArrayBuffer.isView(data)) return undefined;
    total += data.byteLength;
    if (name === "__proto__" || data.byteLength === 0 || total > bytesMax) return undefined;
    shapes.push({ name, datatype, shape: [...shape], bytes: data.byteLength });
  }
  return shapes;
}

/** What the general writer makes of the frame, with one of two values in each place. */
function encodedWith(
  variant: 0 | 1,
  model: string,
  shapes: readonly InputShape[],
  options: InferOptions,
): Uint8Array | undefined {
  const value = placeIntegers[variant];
  const inputs = Object.fromEntries(
    shapes.map(({ name, datatype, shape, bytes }) => [
      name,
      { datatype, shape, data: placeBytes(variant, bytes) },
    ]),
  );
  const encoded = msgpackCodec.encode(inferFrame(value, model, inputs, options, value));
  return encoded instanceof Uint8Array ? encoded : undefined;
}

function fitsShape(name: string, input: Tensor, known: InputShape | undefined): boolean {
  if (known === undefined || name !== known.name || input.datatype !== known.datatype) return false;
  const { data, shape } = input;
  if (!ArrayBuffer.isView(data) || data.byteLength !== known.bytes) return false;
  return sameList(shape, known.shape);
}

function sameList(one: readonly unknown[] | undefined, other: readonly unknown[] | undefined): boolean {
  if (one === undefined || other === undefined || one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

function sameParameters(one: Parameters | undefined, other: Parameters | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  const names = Object.keys(one);
  const known = Object.keys(other);
  return sameList(names, known) && names.every((name) => Object.is(one[name], other[name]));
}

/** Whether no value could change while the map stays the same. */
function isFlat(parameters: Parameters | undefined): boolean {
  if (parameters === undefined) return true;
  return (
    isFields(parameters) &&
    Object.values(parameters).every((value) => typeof value !== "object" || value === null)
  );
}

function writeValues(data: Values, memory: Uint8Array, view: DataView, at: number): void {
  if (data.length <= singleMax && writeFloats(data, view, at)) return;
  memory.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
}

/** False for other numbers, and for a NaN, whose bits are not kept where it is written as a number. */
function writeFloats(data: Values, view: DataView, at: number): boolean {
  const isSingle = data instanceof Float32Array;
  if (!isSingle && !(data instanceof Float64Array)) return false;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (Number.isNaN(value)) return false;
    if (isSingle) view.setFloat32(at + i * 4, value, true);
    else view.setFloat64(at + i * 8, value, true);
  }
  return true;
}
