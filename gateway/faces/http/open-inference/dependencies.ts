/** What the routes of Open Inference stand on. */
import type { Authenticators } from "../../../auth/authenticators.js";
import type { Clock } from "../../../clock.js";
import type { RequestService } from "../../../requests/request-service.js";
import type { BodyPlaces } from "../body-places.js";

export interface OpenInferenceDependencies {
  /** The gateway's name and version, such as `headgate/1.2.3`. */
  readonly server: string;
  readonly requests: RequestService;
  readonly authenticators: Pick<Authenticators, "authenticate">;
  readonly clock: Pick<Clock, "after">;
  readonly places: BodyPlaces;
  readonly bodyBytesMax: number;
}
