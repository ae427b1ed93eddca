/** A node's attributes, parsed only on demand: a decision forest's have millions of numbers. Pure. */
import { eachField, type ProtobufField } from "../import/protobuf.js";
import { floatsOf, integersOf, tensorOf } from "./tensor-proto.js";
import type { Value } from "./values.js";

const proto = {
  name: 1,
  float: 2,
  integer: 3,
  text: 4,
  tensor: 5,
  graph: 6,
  floats: 7,
  integers: 8,
  strings: 9,
  reference: 21,
} as const;

export class NodeAttributes {
  private readonly byName = new Map<string, Uint8Array>();

  constructor(messages: readonly Uint8Array[]) {
    for (const message of messages) this.byName.set(nameOf(message), message);
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** Whether an attribute refers to one of the function's own attributes, so that its value depends on the call. */
  get referred(): boolean {
    return [...this.byName.keys()].some((name) => this.first(name, proto.reference) !== undefined);
  }

  integer(name: string): number | undefined {
    const field = this.first(name, proto.integer);
    return field === undefined ? undefined : integersOf(field)[0];
  }

  float(name: string): number | undefined {
    const field = this.first(name, proto.float);
    return field === undefined ? undefined : floatsOf(field, 4)[0];
  }

  text(name: string): string | undefined {
    const field = this.first(name, proto.text);
    return field === undefined ? undefined : new TextDecoder().decode(field.bytes);
  }

  integers(name: string): number[] | undefined {
    if (!this.has(name)) return undefined;
    return this.all(name, proto.integers).flatMap(integersOf);
  }

  floats(name: string): number[] | undefined {
    if (!this.has(name)) return undefined;
    return this.all(name, proto.floats).flatMap((field) => floatsOf(field, 4));
  }

  /** The number of strings in the list. */
  stringCount(name: string): number | undefined {
    return this.has(name) ? this.all(name, proto.strings).length : undefined;
  }

  tensor(name: string): Value | undefined {
    const field = this.first(name, proto.tensor);
    return field === undefined ? undefined : tensorOf(field.bytes).value;
  }

  /** The bytes of each graph in the attributes, by the attribute's name. */
  get graphs(): ReadonlyMap<string, Uint8Array> {
    const found = new Map<string, Uint8Array>();
    for (const name of this.byName.keys()) {
      const graph = this.first(name, proto.graph);
      if (graph !== undefined) found.set(name, graph.bytes);
    }
    return found;
  }

  private first(name: string, number: number): ProtobufField | undefined {
    let found: ProtobufField | undefined;
    eachField(this.byName.get(name) ?? new Uint8Array(0), (field) => {
      if (field.number === number) found = field;
      return found === undefined;
    });
    return found;
  }

  private all(name: string, number: number): ProtobufField[] {
    const found: ProtobufField[] = [];
    eachField(this.byName.get(name) ?? new Uint8Array(0), (field) => {
      if (field.number === number) found.push(field);
      return true;
    });
    return found;
  }
}

function nameOf(message: Uint8Array): string {
  let name = "";
  eachField(message, (field) => {
    if (field.number !== proto.name) return true;
    name = new TextDecoder().decode(field.bytes);
    return false;
  });
  return name;
}
