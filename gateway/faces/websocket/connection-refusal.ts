/** Why a connection is not admitted, in the form of each moment: an HTTP status at the upgrade, a close code after it. */
import { type CloseCode, closeCodes, ProtocolError } from "../../../protocol/errors.js";

export interface ConnectionRefusal {
  readonly status: 429 | 503;
  readonly closeCode: CloseCode;
  readonly message: string;
}

/** All places are taken. */
export function noPlace(message: string): ConnectionRefusal {
  return { status: 503, closeCode: closeCodes.overloaded, message };
}

/** There are places, and this client has as many as it may. */
export function overQuota(message: string): ConnectionRefusal {
  return { status: 429, closeCode: closeCodes.quota, message };
}

/** The refusal of a client whose hello was accepted. How many places there are is not told to it. */
export function refusalError({ status, closeCode, message }: ConnectionRefusal): ProtocolError {
  return new ProtocolError(status === 503 ? "the gateway is full; come back later" : message, closeCode);
}
