/** A request that was started. */
import type { Servable } from "../../engines/servable.js";
import type { Answer } from "../scheduling/queued-request.js";

export interface InferenceRun {
  readonly servable: Servable;
  readonly answer: Promise<Answer>;
  /**
   * True when the answer was computed for an earlier request with the same key or the same inputs. Of a request with
   * references it is known once it is answered.
   */
  readonly cached: boolean;
  cancel(): void;
}

/**
 * A run whose answer comes by way of another, which may begin later and says whether it was cached. It is a class for the
 * reason told at `RunningInference` in request-service.ts.
 */
export class FollowingRun implements InferenceRun {
  constructor(
    readonly servable: Servable,
    private readonly followed: () => InferenceRun | undefined,
    readonly answer: Promise<Answer>,
    readonly cancel: () => void,
  ) {}

  get cached(): boolean {
    return this.followed()?.cached === true;
  }
}
