/** Kept fits on a request's way: a handle becomes the attributes it stands for, an answer is kept under a new one. */

import type { Servable } from "../../engines/servable.js";
import { invalidArgument } from "../../protocol/errors.js";
import type { Parameters, Tensors } from "../../protocol/frames.js";
import { copied } from "../../protocol/tensor.js";
import type { Catalog } from "../catalog/catalog.js";
import type { InferenceRequest } from "../catalog/inference-request.js";
import type { KeptFits } from "./kept-fits.js";
import { fitOf } from "./kept-signatures.js";

/** A request as the engine is asked it, and what becomes of its answer. */
export interface Unfolded {
  readonly inputs: Tensors;
  readonly parameters: Parameters;
  /** Undefined: all of them. */
  readonly outputs: readonly string[] | undefined;
  /** Makes the answer's outputs those that the client gets; undefined: they are. */
  readonly fold?: (outputs: Tensors) => Tensors;
}

export class Keeping {
  constructor(
    private readonly kept: KeptFits,
    private readonly catalog: Catalog,
  ) {}

  /**
   * @param parameters as given, checked against the signature but without defaults
   * @throws HeadgateError not_found for a handle that expired, invalid_argument for one of another fit
   */
  unfold(servable: Servable, request: InferenceRequest, namespace: string): Unfolded {
    if (request.parameters === undefined)
      return { inputs: request.inputs, parameters: {}, outputs: request.outputs };
    const { keep_seconds: seconds, handle, ...parameters } = request.parameters;
    if (typeof seconds === "number")
      return this.keepAnswer(servable, request, parameters, seconds, namespace);
    if (typeof handle === "string") return this.useKept(servable, handle, request, parameters, namespace);
    return { inputs: request.inputs, parameters, outputs: request.outputs };
  }

  private keepAnswer(
    { signature }: Servable,
    request: InferenceRequest,
    parameters: Parameters,
    seconds: number,
    namespace: string,
  ): Unfolded {
    const model = signature.name;
    const shared = this.applications(model);
    const fold = (outputs: Tensors) => {
      const attributes = pick(outputs, shared.inputs);
      const handle = this.kept.keep(
        namespace,
        { model, attributes, parameters: pick(parameters, shared.parameters) },
        seconds,
      );
      const wanted = request.outputs === undefined ? outputs : pick(outputs, new Set(request.outputs));
      return { ...wanted, handle: { datatype: "BYTES", shape: [], data: [handle] } as const };
    };
    const keptDefaults = signature.parameters.flatMap(({ name, keptDefault }) =>
      keptDefault === undefined ? [] : [[name, keptDefault] as const],
    );
    return {
      inputs: request.inputs,
      parameters: { ...Object.fromEntries(keptDefaults), ...parameters },
      outputs: undefined,
      fold,
    };
  }

  private useKept(
    { signature }: Servable,
    handle: string,
    request: InferenceRequest,
    given: Parameters,
    namespace: string,
  ): Unfolded {
    const { name } = signature;
    const fit = this.kept.find(namespace, handle);
    if (fit.model !== fitOf(name))
      throw invalidArgument("parameters.handle", `it is a kept ${fit.model}, ${name} takes a ${fitOf(name)}`);
    const takes = new Set(signature.inputs.map((input) => input.name));
    const parameters = {
      ...pick(fit.parameters, new Set(signature.parameters.map((each) => each.name))),
      ...given,
    };
    // What a request is asked with is given to the engine; what is kept stays.
    const inputs = { ...copied(pick(fit.attributes, takes)), ...request.inputs };
    if (!name.endsWith(".update")) return { inputs, parameters, outputs: request.outputs };
    const fold = (outputs: Tensors) => {
      // What an update could renew and did not answer is of the past: it must not stand beside the new.
      const renewed = new Set(signature.outputs.map((output) => output.name));
      const lasting = Object.entries(fit.attributes).filter(([attribute]) => !renewed.has(attribute));
      const { inputs: shared } = this.applications(fit.model);
      this.kept.replace(namespace, handle, { ...Object.fromEntries(lasting), ...pick(outputs, shared) });
      return request.outputs === undefined ? outputs : pick(outputs, new Set(request.outputs));
    };
    return { inputs, parameters, outputs: undefined, fold };
  }

  /** What a fit's `.apply` and `.update` take from it. */
  private applications(model: string): { readonly inputs: Set<string>; readonly parameters: Set<string> } {
    const signatures = this.catalog
      .all()
      .map(({ servable }) => servable.signature)
      .filter(({ name }) => fitOf(name) === model);
    return {
      inputs: new Set(
        signatures.flatMap(({ inputs }) => inputs.map(({ name }) => name).filter((name) => name !== "X")),
      ),
      parameters: new Set(signatures.flatMap(({ parameters }) => parameters.map(({ name }) => name))),
    };
  }
}

function pick<T>(map: Readonly<Record<string, T>>, names: ReadonlySet<string>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).filter(([name]) => names.has(name)));
}
