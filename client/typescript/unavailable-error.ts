import { type ErrorDetails, HeadgateError } from "../../protocol/errors.js";

/** The addresses that were tried when no gateway could be reached, the cause, and the error's other details. */
export interface UnavailableDetails extends Omit<ErrorDetails, "cause"> {
  readonly addresses?: readonly string[];
  readonly cause?: string;
}

/** No gateway could be reached, the connection to it was lost, it drains, or it does not serve the model. */
export class UnavailableError extends HeadgateError {
  /** The addresses that were tried; empty when a gateway itself said that it cannot answer. */
  readonly addresses: readonly string[];
  /** What went wrong on the way to the addresses; empty when a gateway itself said that it cannot answer. */
  override readonly cause: string;

  /** @internal */
  constructor(message: string, { addresses = [], cause = "", ...details }: UnavailableDetails = {}) {
    super("unavailable", message, details);
    this.name = "UnavailableError";
    this.addresses = addresses;
    this.cause = cause;
  }
}
