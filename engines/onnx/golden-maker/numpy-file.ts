/** Parses one array as numpy.save writes it. Source: numpy.lib.format, versions 1 to 3 of the format. Pure. */
import { type Datatype, datatypeBytes, elementCount } from "../../../protocol/tensor.js";

export interface NumpyArray {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** The elements in row-major order: little-endian bytes, or the strings themselves. */
  readonly data: Uint8Array | readonly string[];
}

const datatypes: Readonly<Record<string, Datatype>> = {
  b1: "BOOL",
  u1: "UINT8",
  u2: "UINT16",
  u4: "UINT32",
  u8: "UINT64",
  i1: "INT8",
  i2: "INT16",
  i4: "INT32",
  i8: "INT64",
  f2: "FP16",
  f4: "FP32",
  f8: "FP64",
};

const header =
  /^\{\s*'descr':\s*'([<>|=])([a-zA-Z])(\d*)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d,\s]*)\),?\s*\}\s*$/;

/** @throws saying what is wrong with the bytes and how to write the array with numpy */
export function parseNumpy(bytes: Uint8Array): NumpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (magic !== "\x93NUMPY" || bytes.length < 12) throw new Error("it is no file of numpy.save");
  const isShort = bytes[6] === 1;
  const start = isShort ? 10 : 12;
  const length = isShort ? view.getUint16(8, true) : view.getUint32(8, true);
  const text = new TextDecoder().decode(bytes.subarray(start, start + length));
  const found = header.exec(text);
  if (found === null)
    throw new Error("it holds records or objects: save plain numbers or strings, np.asarray(x, np.float32)");
  const [, order = "", kind = "", size = "", fortran, sizes = ""] = found;
  const shape = sizes.split(",").flatMap((part) => (part.trim() === "" ? [] : [Number(part)]));
  if (fortran === "True" && shape.length > 1)
    throw new Error("it is in Fortran's order: save np.ascontiguousarray(x)");
  if (order === ">") throw new Error("it is big-endian: save x.astype(x.dtype.newbyteorder('<'))");
  return { ...elementsOf(kind, size, elementCount(shape), bytes.subarray(start + length)), shape };
}

function elementsOf(kind: string, size: string, count: number, data: Uint8Array): Omit<NumpyArray, "shape"> {
  if (kind === "U") return { datatype: "BYTES", data: stringsOf(data, Number(size), count) };
  const datatype = datatypes[`${kind}${size}`];
  if (datatype === undefined || datatype === "BYTES")
    throw new Error(
      `its dtype ${kind}${size} cannot be sent: save np.asarray(x, np.float32), or strings of dtype str`,
    );
  const length = count * datatypeBytes[datatype];
  if (data.length !== length)
    throw new Error(`it has ${data.length} bytes of elements, and its shape needs ${length}`);
  return { datatype, data };
}

/** numpy stores each string in the same number of four-byte characters and fills the rest with zeros. */
function stringsOf(data: Uint8Array, characters: number, count: number): string[] {
  const room = characters * 4;
  if (data.length !== room * count)
    throw new Error(`it has ${data.length} bytes of elements, and its shape needs ${room * count}`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: count }, (_, at) => {
    let text = "";
    for (let i = 0; i < characters; i++) {
      const code = view.getUint32(at * room + i * 4, true);
      if (code > 0x10ffff) throw new Error(`string ${at} has no character ${code}`);
      if (code !== 0) text += String.fromCodePoint(code);
    }
    return text;
  });
}
