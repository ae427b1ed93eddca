/**
 * The bytes of a result around its values. Results of one model in one shape differ in their id, their times and their
 * numbers: where all the rest is the same as in an earlier one, only these are read.
 */
import { type Fields, isFields } from "../../protocol/fields.js";
import { placeBytes, placeNumbers, placesOf } from "../../protocol/frame-places.js";
import type { GatewayFrame, ResultFrame, Timing } from "../../protocol/frames.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import type { WireTensor } from "../../protocol/tensor.js";

/** The fields of a result that a template knows. */
const knownFields: ReadonlySet<string> = new Set([
  ...["type", "id", "model", "version", "outputs", "backend", "precision", "timing", "cached"],
]);

/** What is in a place: the id, a number of `timing`, or the numbers of an output. */
type ResultPlace =
  | { readonly of: "id" }
  | { readonly of: "timing"; readonly name: string }
  | { readonly of: "outputs"; readonly name: string; readonly tensor: WireTensor; readonly bytes: number };

export class ResultTemplate {
  private constructor(
    private readonly frame: ResultFrame,
    private readonly places: readonly ResultPlace[],
    /** What stands before each place, and at the end. */
    private readonly pieces: readonly Uint8Array[],
  ) {}

  /**
   * Undefined for a result that has more than numbers of a known size.
   * @param value as it was decoded, with its fields in the order in which they came
   * @param frame the same, validated
   */
  static of(value: Fields, frame: ResultFrame): ResultTemplate | undefined {
    const places = placesIn(value, frame);
    if (places === undefined) return undefined;
    const [one, other] = [encodedWith(0, value), encodedWith(1, value)];
    const found = one && other && placesOf(one, other);
    if (one === undefined || found === undefined || found.length !== places.length) return undefined;
    // The place of a number begins with the byte that tells its form, which is the same in both encodings.
    const begins = found.map(({ from }, i) => (places[i]?.of === "outputs" ? from : from - 1));
    const ends = [0, ...found.map(({ to }) => to)];
    const pieces = ends.map((end, i) => one.slice(end, begins[i]));
    return new ResultTemplate({ ...frame, outputs: {} }, places, pieces);
  }

  /** Reads the result that begins where the cursor is, and moves the cursor to its end. Undefined: it does not fit. */
  read(cursor: MessageCursor): ResultFrame | undefined {
    const { places, pieces } = this;
    const { type, model, version, backend, precision, cached } = this.frame;
    const outputs: Record<string, WireTensor> = {};
    const timing: Partial<Timing> & Record<string, number> = {};
    let id = 0;
    for (let i = 0; i < places.length; i++) {
      if (!cursor.skip(pieces[i] as Uint8Array)) return undefined;
      const place = places[i] as ResultPlace;
      if (place.of === "outputs") {
        const data = cursor.take(place.bytes);
        if (data === undefined) return undefined;
        const { datatype, shape } = place.tensor;
        outputs[place.name] = { datatype, shape: shape.slice(), data };
      } else {
        const number = cursor.number();
        if (number === undefined) return undefined;
        if (place.of === "id") id = number;
        else timing[place.name] = number;
      }
    }
    if (!cursor.skip(pieces[places.length] as Uint8Array)) return undefined;
    const read = { type, id, model, version, outputs, backend, precision, timing: timing as Timing };
    return cached === undefined ? read : { ...read, cached };
  }
}

/** Reads a message from one place to the next. */
export class MessageCursor {
  at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Moves over these bytes; false when others are there. */
  skip(piece: Uint8Array): boolean {
    const { bytes, at } = this;
    const { length } = piece;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== piece[i]) return false;
    this.at = at + length;
    return true;
  }

  /** So many bytes, as a view of the message; undefined when it has fewer. */
  take(count: number): Uint8Array | undefined {
    const { bytes, at } = this;
    if (at + count > bytes.length) return undefined;
    this.at = at + count;
    return new Uint8Array(bytes.buffer, bytes.byteOffset + at, count);
  }

  /** A number of at least 0 in 8, 16 or 32 bits, or a float; undefined for anything else. */
  number(): number | undefined {
    const { bytes, view, at } = this;
    const lead = bytes[at];
    if (lead === undefined) return undefined;
    if (lead <= 0x7f) {
      this.at = at + 1;
      return lead;
    }
    const size =
      lead === 0xcb ? 8 : lead === 0xca || lead === 0xce ? 4 : lead === 0xcd ? 2 : lead === 0xcc ? 1 : 0;
    if (size === 0 || at + 1 + size > bytes.length) return undefined;
    this.at = at + 1 + size;
    if (lead === 0xcb) return view.getFloat64(at + 1);
    if (lead === 0xca) return view.getFloat32(at + 1);
    if (size === 4) return view.getUint32(at + 1);
    return size === 2 ? view.getUint16(at + 1) : bytes[at + 1];
  }
}

/** The places of a result, in the order in which its fields came. */
function placesIn(value: Fields, { outputs }: ResultFrame): ResultPlace[] | undefined {
  const places: ResultPlace[] = [];
  for (const field of Object.keys(value)) {
    if (!knownFields.has(field)) return undefined;
    const fields = value[field];
    if (field === "id") places.push({ of: "id" });
    else if (field === "timing" && isFields(fields))
      for (const name of Object.keys(fields)) {
        if (typeof fields[name] !== "number" || name === "__proto__") return undefined;
        places.push({ of: "timing", name });
      }
    else if (field === "outputs" && isFields(fields))
      for (const name of Object.keys(fields)) {
        const tensor = outputs[name];
        if (tensor === undefined || !hasOnlyNumbers(tensor, fields[name])) return undefined;
        places.push({ of: "outputs", name, tensor, bytes: tensor.data.length });
      }
  }
  return places;
}

/** Booleans are checked one by one, and strings have no known size. */
function hasOnlyNumbers({ datatype, data }: WireTensor, decoded: unknown): boolean {
  const fields = isFields(decoded) ? Object.keys(decoded) : [];
  return data instanceof Uint8Array && data.length > 0 && datatype !== "BOOL" && fields.length === 3;
}

/** What the general writer makes of the result, with one of two values in each place. */
function encodedWith(variant: 0 | 1, value: Fields): Uint8Array | undefined {
  const number = placeNumbers[variant];
  const { timing, outputs } = value;
  const times = Object.keys(timing as Fields).map((name) => [name, number] as const);
  const tensors = Object.entries(outputs as Readonly<Record<string, WireTensor>>).map(
    ([name, tensor]) => [name, { ...tensor, data: placeBytes(variant, tensor.data.length) }] as const,
  );
  const filled = { id: number, timing: Object.fromEntries(times), outputs: Object.fromEntries(tensors) };
  const encoded = msgpackCodec.encode({ ...value, ...filled } as Fields as GatewayFrame);
  return encoded instanceof Uint8Array ? encoded : undefined;
}
