/** Keeps a fit: the parts of its answer that its applications use are kept under a handle, which the answer names. */
import type { Signature } from "../../engines/servable.js";
import type { Parameters, WireTensors } from "../../protocol/frames.js";
import type { TensorRequest } from "../catalog/inference-request.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import { type EngineRequest, pick, wanted } from "./engine-request.js";
import type { FitApplications } from "./fit-applications.js";
import type { KeptFits } from "./kept-fits.js";

export interface KeepRequest {
  readonly namespace: string;
  /** The account of the tenant that asks; absent for the gateway's own requests. */
  readonly account: QuotaAccount | undefined;
  readonly seconds: number;
  /** As given, without those that only the gateway reads. */
  readonly parameters: Parameters;
}

export class FitKeeper {
  constructor(
    private readonly kept: KeptFits,
    private readonly applications: FitApplications,
  ) {}

  /**
   * All outputs are requested of the engine: what is kept may be more than what the client wants.
   * @throws HeadgateError resource_exhausted when the tenant may keep nothing more
   */
  resolve(
    signature: Signature,
    { inputs, outputs: names }: TensorRequest,
    { namespace, account, seconds, parameters }: KeepRequest,
  ): EngineRequest {
    if (account !== undefined) this.kept.requireRoom(namespace, account);
    const model = signature.name;
    const taken = this.applications.of(model);
    const fold = (outputs: WireTensors): WireTensors => {
      const fit = {
        model,
        attributes: pick(outputs, taken.attributes),
        parameters: pick(parameters, taken.parameters),
      };
      const handle = this.kept.keep(namespace, fit, seconds, account);
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
