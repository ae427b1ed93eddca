/**
 * Replaces the references in a request by the tensors that they stand for. Which version and which rows they stand for
 * is decided when the request is accepted, whatever happens to the dataset afterwards.
 */
import type { Servable, TensorSpec } from "../../engines/servable.js";
import { batchDim } from "../../engines/validate.js";
import { HeadgateError, invalidArgument } from "../../protocol/errors.js";
import {
  type InferInputs,
  type InputsUsed,
  isReference,
  type StreamReference,
  type TensorReference,
} from "../../protocol/reference.js";
import type { WireTensor } from "../../protocol/tensor.js";
import { regimeTopic } from "../../protocol/topics.js";
import { requireScope, requireTopic } from "../auth/authorization.js";
import type { Principal } from "../auth/principal.js";
import type { Datasets } from "../datasets/datasets.js";
import { reshaped } from "../datasets/resolved-rows.js";
import type { RequestCopies, RowCopies } from "../datasets/row-copies.js";
import type { Identities } from "./digest-forms.js";
import type { StreamWindows } from "./stream-windows.js";

export interface ResolvedInputs {
  readonly inputs: Readonly<Record<string, WireTensor>>;
  readonly used: InputsUsed;
  /** Of references to datasets: what determines their rows, in place of the bytes. */
  readonly identities: Identities;
  /** To be left once the request is answered. */
  readonly copies: Pick<RequestCopies, "leave">;
}

type Used = InputsUsed[string];

interface ResolvedInput {
  readonly name: string;
  readonly tensor: WireTensor;
  readonly used?: Used;
  readonly identity?: readonly unknown[];
}

interface ReferenceRequest<R extends TensorReference = TensorReference> {
  readonly name: string;
  readonly reference: R;
  readonly spec: TensorSpec;
  readonly principal: Principal;
  readonly copies: RequestCopies;
}

export class InputReferences {
  private windows: Pick<StreamWindows, "read"> | undefined;

  constructor(
    private readonly datasets: Pick<Datasets, "resolve">,
    private readonly room: Pick<RowCopies, "of">,
  ) {}

  /** Streams are made after the inference that their detectors call. */
  readStreams(windows: Pick<StreamWindows, "read">): void {
    this.windows = windows;
  }

  /**
   * Settled at once where every reference is a view of rows in memory.
   * @throws HeadgateError not_found, invalid_argument or permission_denied; what must be read may reject with others
   */
  resolve(
    servable: Servable,
    inputs: InferInputs,
    principal: Principal,
  ): ResolvedInputs | Promise<ResolvedInputs> {
    const resolved: (ResolvedInput | Promise<ResolvedInput>)[] = [];
    const copies = this.room.of(principal.tenant);
    try {
      for (const [name, input] of Object.entries(inputs))
        resolved.push(
          isReference(input)
            ? this.resolveOne({ name, reference: input, spec: specOf(servable, name), principal, copies })
            : { name, tensor: input },
        );
    } catch (error) {
      // Nobody waits for what was begun before the reference that is wrong.
      for (const each of resolved) if (each instanceof Promise) each.catch(() => undefined);
      copies.leave();
      throw error;
    }
    if (resolved.every((each): each is ResolvedInput => !(each instanceof Promise)))
      return joined(resolved, copies);
    return Promise.all(resolved).then(
      (all) => joined(all, copies),
      (error: unknown) => {
        copies.leave();
        throw error;
      },
    );
  }

  private resolveOne({
    name,
    reference,
    ...request
  }: ReferenceRequest): ResolvedInput | Promise<ResolvedInput> {
    const { spec, principal, copies } = request;
    const field = `inputs.${name}`;
    if ("stream" in reference) return this.resolveStream({ name, reference, ...request });
    const { used, identity, copied, read } = this.datasets.resolve(principal.namespace, reference, field);
    copies.take(copied, field);
    const finish = (tensor: WireTensor): ResolvedInput => {
      const shaped = reference.shape === undefined ? inBatch(tensor, spec) : tensor;
      return { name, tensor: shaped, used, identity: [...identity, shaped.shape] };
    };
    const tensor = read();
    return tensor instanceof Promise ? tensor.then(finish) : finish(tensor);
  }

  private resolveStream({
    name,
    reference,
    spec,
    principal,
    copies,
  }: ReferenceRequest<StreamReference>): Promise<ResolvedInput> {
    const field = `inputs.${name}`;
    requireScope(principal, "streams:read");
    requireTopic(principal, regimeTopic(reference.stream));
    if (this.windows === undefined) throw new HeadgateError("unavailable", "the streams are not open yet");
    const datatype = spec.datatypes.includes("FP64") || !spec.datatypes.includes("FP32") ? "FP64" : "FP32";
    const form = { field, datatype, take: (bytes: number) => copies.take(bytes, field) } as const;
    return this.windows.read(principal.namespace, reference, form).then(({ tensor, used }) => {
      const { shape } = reference;
      const shaped =
        shape === undefined
          ? inBatch(tensor, spec)
          : { ...tensor, shape: reshaped(tensor.shape, shape, field) };
      return { name, tensor: shaped, used };
    });
  }
}

export function hasReferences(inputs: InferInputs): boolean {
  for (const name in inputs) {
    const input = inputs[name];
    if (input !== undefined && isReference(input)) return true;
  }
  return false;
}

function specOf({ signature }: Servable, name: string): TensorSpec {
  const found = signature.inputs.find((spec) => spec.name === name);
  if (found !== undefined) return found;
  throw invalidArgument(
    `inputs.${name}`,
    `${signature.name} has no such input; it takes ${signature.inputs.map((spec) => spec.name).join(", ")}`,
  );
}

/** Rows for a model whose single row is a matrix are one such row. */
function inBatch(tensor: WireTensor, { shape }: TensorSpec): WireTensor {
  const isWindow = shape[0] === batchDim && shape.length === tensor.shape.length + 1;
  return isWindow ? { ...tensor, shape: [1, ...tensor.shape] } : tensor;
}

function joined(resolved: readonly ResolvedInput[], copies: ResolvedInputs["copies"]): ResolvedInputs {
  const inputs: Record<string, WireTensor> = {};
  const used: Record<string, Used> = {};
  const identities: Record<string, unknown> = {};
  for (const each of resolved) {
    inputs[each.name] = each.tensor;
    if (each.used !== undefined) used[each.name] = each.used;
    if (each.identity !== undefined) identities[each.name] = each.identity;
  }
  return { inputs, used, identities, copies };
}
