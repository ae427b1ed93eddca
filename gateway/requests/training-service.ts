/** The requests that train, that list and cancel trainings, and that upload a model. */
import { HeadgateError } from "../../protocol/errors.js";
import type { TrainingFrame } from "../../protocol/train-frames.js";
import { requireScope } from "../auth/authorization.js";
import type { RequestLifecycle } from "./request-lifecycle.js";
import type { Requester, RequestName } from "./requester.js";

export class TrainingService {
  constructor(private readonly lifecycle: RequestLifecycle) {}

  /** @throws HeadgateError permission_denied, and unimplemented: this gateway has nothing yet that trains */
  refuse(requester: Requester, type: TrainingFrame["type"], name: RequestName): never {
    return this.lifecycle.immediately(requester, type, name, () => {
      requireScope(requester.principal, type === "upload" ? "models:admin" : "training:run");
      throw new HeadgateError("unimplemented", "this gateway does not train yet");
    });
  }
}
