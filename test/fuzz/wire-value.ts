/**
 * A frame as a tree that can also hold what no codec writes: keys twice, keys that are no strings, and bytes that
 * stand for themselves.
 */
import type { ClientFrame } from "../../protocol/frames.js";
import { listNumbers } from "../../protocol/number-list.js";
import type { WireForm } from "../../protocol/parse-tensor.js";
import type { WireTensor } from "../../protocol/tensor.js";

/** What stands for itself in a message, in each of the two forms. */
export class RawValue {
  constructor(
    readonly msgpack: Uint8Array,
    readonly json: string,
  ) {}
}

export type Entry = [key: WireValue, value: WireValue];

/** A map as the list of its entries, in which a key may come twice. */
export class Entries {
  constructor(readonly list: Entry[]) {}
}

export type WireValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | RawValue
  | Entries
  | WireValue[];

/** The frame's tree. In the JSON form the data of a tensor is a list. */
export function treeOf(frame: ClientFrame, form: WireForm): Entries {
  return treeOfValue(frame, form) as Entries;
}

function treeOfValue(value: unknown, form: WireForm): WireValue {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((each) => treeOfValue(each, form));
  // The bytes of a file; those of a tensor are a list of numbers in JSON, below.
  if (value instanceof Uint8Array && form === "json") return Buffer.from(value).toString("base64");
  if (typeof value !== "object" || value instanceof Uint8Array) return value as WireValue;
  const fields = isTensor(value) && form === "json" ? { ...value, data: listNumbers(value) } : value;
  return new Entries(
    Object.entries(fields)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]): Entry => [key, treeOfValue(each, form)]),
  );
}

function isTensor(value: object): value is WireTensor {
  return "datatype" in value && "data" in value && "shape" in value;
}
