import type { Principal } from "../../auth/principal.js";
import type { Uploads } from "../../datasets/uploads.js";
import type { ModelUploads } from "../../requests/model-uploads.js";
import type { Requester } from "../../requests/requester.js";
import type { AnswerOrder } from "../../waiting/answer-order.js";

/** The client of a connection, once its hello was accepted. */
export interface Caller extends Requester {
  /** Replaced when the client renews its token. */
  principal: Principal;
  /** The order of the client's renewals: the token that was sent last holds. Created with the first one. */
  renewals?: AnswerOrder;
  /** The client's puts in parts. Created with the first one. */
  uploads?: Uploads;
  /** The client's models in parts. Created with the first one. */
  modelUploads?: ModelUploads;
  readonly connection: string;
  left: boolean;
}
