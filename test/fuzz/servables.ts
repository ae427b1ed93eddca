/** What the attacked gateway serves, as its `describe` tells it: requests are made from these descriptions. */
import type { ParameterValue, WireTensors } from "../../protocol/frames.js";
import { type Datatype, elementCount, toWire, type WireTensor } from "../../protocol/tensor.js";
import type { Random } from "./random.js";

interface ValueRule {
  readonly type: string;
  readonly values?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

interface ParameterDescription {
  readonly name: string;
  readonly any_of: readonly ValueRule[];
}

export interface ServableDescription {
  readonly name: string;
  readonly kind: string;
  readonly version: string;
  readonly max_batch_size: number;
  readonly inputs: readonly {
    readonly name: string;
    readonly datatypes: readonly Datatype[];
    readonly shape: readonly (number | string)[];
    readonly optional: boolean;
  }[];
  readonly outputs: readonly { readonly name: string }[];
  readonly parameters: readonly ParameterDescription[];
}

export interface DetectorDescription {
  readonly name: string;
  readonly parameters: readonly ParameterDescription[];
}

export interface Catalog {
  readonly models: readonly ServableDescription[];
  readonly detectors: readonly DetectorDescription[];
}

/** Tensors for each input that must be given, and for some of the others; sizes of one name agree. */
export function inputsOf({ inputs, max_batch_size }: ServableDescription, random: Random): WireTensors {
  const sizes = new Map<string, number>();
  const sizeOf = (size: number | string) => {
    if (typeof size === "number") return size;
    const known = sizes.get(size) ?? random.integer(1, size === "n" ? 12 : size === "batch" ? 3 : 4);
    sizes.set(size, known);
    return known;
  };
  const given = inputs.filter(({ optional }) => !optional || random.chance(0.08));
  return Object.fromEntries(
    given.map(({ name, datatypes, shape }) => {
      const sized = shape.map((size, axis) =>
        max_batch_size > 0 && axis === 0 ? sizeOf("batch") : sizeOf(size),
      );
      return [name, tensorOf(random.pick(datatypes), sized, random)];
    }),
  );
}

const texts = ["profits rose", "the bank failed", "", "🦑 ünï", "a".repeat(600)];

function tensorOf(datatype: Datatype, shape: readonly number[], random: Random): WireTensor {
  const count = elementCount(shape);
  const list = Array.from({ length: count }, () => random.unit() * 2 - 1);
  switch (datatype) {
    case "BYTES":
      return { datatype, shape, data: list.map(() => random.pick(texts)) };
    case "FP32":
      return toWire({ datatype, shape, data: Float32Array.from(list) });
    case "FP64":
      return toWire({ datatype, shape, data: Float64Array.from(list) });
    case "INT64":
      return toWire({ datatype, shape, data: BigInt64Array.from(list, (x) => BigInt(Math.ceil(5 * x) + 6)) });
    case "INT32":
      return toWire({ datatype, shape, data: Int32Array.from(list, (x) => Math.ceil(5 * x) + 6) });
    default:
      return toWire({ datatype: "BOOL", shape, data: Uint8Array.from(list, (x) => (x > 0 ? 1 : 0)) });
  }
}

/** Values for some of the parameters. Integers stay near the least, so that a request is computed soon. */
export function parametersOf(
  { parameters }: Pick<ServableDescription, "parameters">,
  random: Random,
): Record<string, ParameterValue> {
  return Object.fromEntries(
    parameters
      .filter(({ any_of }) => any_of.some(({ maximum = 0 }) => maximum > 10_000) || random.chance(0.25))
      .map(({ name, any_of }) => [name, parameterValue(random.pick(any_of), random)]),
  );
}

function parameterValue(rule: ValueRule, random: Random): ParameterValue {
  const least = rule.minimum ?? 1;
  if (rule.type === "integer") return least + random.integer(0, Math.min(20, (rule.maximum ?? 1e9) - least));
  if (rule.type === "number") return Math.min(rule.maximum ?? 1e9, least + random.unit() * 2 + 0.001);
  if (rule.type === "boolean") return random.chance(0.5);
  if (rule.type === "string") return random.pick(rule.values ?? ["x"]);
  return rule.type === "null" ? null : "some text";
}
