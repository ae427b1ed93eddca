/**
 * Replaces a handle in a request by the kept fit: its attributes become inputs, and an update's answer replaces them.
 */
import type { Signature } from "../../engines/servable.js";
import { invalidArgument } from "../../protocol/errors.js";
import type { Parameters, WireTensors } from "../../protocol/frames.js";
import { copied } from "../../protocol/tensor.js";
import type { TensorRequest } from "../catalog/inference-request.js";
import { type EngineRequest, pick, wanted } from "./engine-request.js";
import type { FitApplications } from "./fit-applications.js";
import type { KeptFit, KeptFits } from "./kept-fits.js";

export interface HandleReference {
  readonly namespace: string;
  readonly handle: string;
  /** As given, without those that only the gateway reads. */
  readonly parameters: Parameters;
}

export class HandleResolver {
  constructor(
    private readonly kept: KeptFits,
    private readonly applications: FitApplications,
  ) {}

  /** @throws HeadgateError not_found for a handle that expired, invalid_argument for one of another fit */
  resolve(signature: Signature, request: TensorRequest, use: HandleReference): EngineRequest {
    const { name, application } = signature;
    const fit = this.kept.find(use.namespace, use.handle);
    if (fit.model !== application?.of)
      throw invalidArgument(
        "parameters.handle",
        `it is a kept ${fit.model}, ${name} takes a ${application?.of}`,
      );
    const parameters = { ...pick(fit.parameters, namesOf(signature.parameters)), ...use.parameters };
    // The engine takes ownership of inputs: it is given copies of the kept attributes.
    const inputs = { ...copied(pick(fit.attributes, namesOf(signature.inputs))), ...request.inputs };
    if (application.kind === "apply") return { inputs, parameters, outputs: request.outputs };
    const fold = (outputs: WireTensors): WireTensors => {
      this.kept.replace(use.namespace, use.handle, this.renewed(signature, fit, outputs));
      return wanted(outputs, request.outputs);
    };
    return { inputs, parameters, outputs: undefined, transformOutputs: fold };
  }

  /**
   * Attributes that an update could renew and did not answer are outdated: they must not be kept beside the new ones.
   */
  private renewed(update: Signature, { model, attributes }: KeptFit, outputs: WireTensors): WireTensors {
    const answerable = namesOf(update.outputs);
    const lasting = Object.entries(attributes).filter(([name]) => !answerable.has(name));
    return { ...Object.fromEntries(lasting), ...pick(outputs, this.applications.of(model).attributes) };
  }
}

function namesOf(specs: readonly { readonly name: string }[]): ReadonlySet<string> {
  return new Set(specs.map(({ name }) => name));
}
