/** Keeps a fit: the parts of its answer that its applications use are kept under a handle, which the answer names. */
import type { Signature } from "../../engines/servable.js";
import type { Parameters, WireTensors } from "../../protocol/frames.js";
import type { InferenceRequest } from "../catalog/inference-request.js";
import { type EngineRequest, pick, wanted } from "./engine-request.js";
import type { FitApplications } from "./fit-applications.js";
import type { KeptFits } from "./kept-fits.js";

export interface KeepRequest {
  readonly namespace: string;
  readonly seconds: number;
  /** As given, without those that only the gateway reads. */
  readonly parameters: Parameters;
}

export class FitKeeper {
  constructor(
    private readonly kept: KeptFits,
    private readonly applications: FitApplications,
  ) {}

  /** All outputs are requested of the engine: what is kept may be more than what the client wants. */
  resolve(
    signature: Signature,
    { inputs, outputs: names }: InferenceRequest,
    { namespace, seconds, parameters }: KeepRequest,
  ): EngineRequest {
    const model = signature.name;
    const taken = this.applications.of(model);
    const fold = (outputs: WireTensors): WireTensors => {
      const fit = {
        model,
        attributes: pick(outputs, taken.attributes),
        parameters: pick(parameters, taken.parameters),
      };
      const handle = this.kept.keep(namespace, fit, seconds);
      return { ...wanted(outputs, names), handle: { datatype: "BYTES", shape: [], data: [handle] } };
    };
    return {
      inputs,
      parameters: { ...keptDefaults(signature), ...parameters },
      outputs: undefined,
      transformOutputs: fold,
    };
  }
}

/** The defaults that differ where a fit is to be kept. */
function keptDefaults({ parameters }: Signature): Parameters {
  return Object.fromEntries(
    parameters.flatMap(({ name, keptDefault }) => (keptDefault === undefined ? [] : [[name, keptDefault]])),
  );
}
