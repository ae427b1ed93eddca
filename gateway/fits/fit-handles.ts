/** The handles of kept fits in requests: whether a request keeps its answer, uses a handle, or neither. */
import type { Servable, Signature } from "../../engines/servable.js";
import type { InferenceRequest, TensorRequest } from "../catalog/inference-request.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import type { EngineRequest } from "./engine-request.js";
import { FitApplications } from "./fit-applications.js";
import { FitKeeper } from "./fit-keeper.js";
import { HandleResolver } from "./handle-resolver.js";
import type { KeptFits } from "./kept-fits.js";

export class FitHandles {
  private readonly answers: FitKeeper;
  private readonly handles: HandleResolver;

  /** @param signatures of the fits that may be kept, and of their applications */
  constructor(kept: KeptFits, signatures: readonly Signature[]) {
    const applications = new FitApplications(signatures);
    this.answers = new FitKeeper(kept, applications);
    this.handles = new HandleResolver(kept, applications);
  }

  /**
   * @param request its parameters as given, checked against the signature but without defaults
   * @param account of the tenant that asks
   * @throws HeadgateError not_found for a handle that expired, invalid_argument for one of another fit,
   * resource_exhausted when the tenant may keep nothing more
   */
  resolve(
    { signature }: Servable,
    request: TensorRequest,
    namespace: string,
    account?: QuotaAccount,
  ): EngineRequest {
    const { inputs, outputs } = request;
    if (request.parameters === undefined) return { inputs, parameters: {}, outputs };
    const { keep_seconds: seconds, handle, ...parameters } = request.parameters;
    if (typeof seconds === "number")
      return this.answers.resolve(signature, request, { namespace, account, seconds, parameters });
    if (typeof handle === "string")
      return this.handles.resolve(signature, request, { namespace, handle, parameters });
    return { inputs, parameters, outputs };
  }
}

/** The handle of the kept fit that a request updates; undefined where it updates none. */
export function renewedHandle({ application }: Signature, request: InferenceRequest): string | undefined {
  if (application?.kind !== "update") return undefined;
  const handle = request.parameters?.["handle"];
  return typeof handle === "string" ? handle : undefined;
}
