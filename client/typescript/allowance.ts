/**
 * What a gateway takes on a connection, as its welcome told. A request beyond it is refused before it is sent: the
 * gateway would close the connection, and the other requests would fail as well.
 */
import type { TextSize } from "../../protocol/codec.js";
import { HeadgateError, invalidArgument } from "../../protocol/errors.js";
import type { ClientFrame } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";

/** The limits of a connection: Infinity where the gateway names none. */
export interface Allowance {
  /** Requests in flight. */
  readonly credits: number;
  readonly bytesInFlight: number;
  readonly messageBytes: number;
  /** Bytes of a JSON message, or of a binary one's strings. */
  readonly textBytes: number;
  /** Values of a JSON message, or strings and keys of a binary one. */
  readonly textValues: number;
}

/**
 * Why a request cannot be sent at all; undefined when it can.
 * @param bytes of its frame
 * @param text asked only of a frame that could be over its limits: counting it takes as long as encoding it
 */
export function tooLarge(allowed: Allowance, bytes: number, text: () => TextSize): HeadgateError | undefined {
  const { bytesInFlight, messageBytes, textBytes, textValues } = allowed;
  if (bytes > Math.min(messageBytes, bytesInFlight))
    return messageBytes <= bytesInFlight
      ? refusal(`${bytes} bytes`, messageBytes, "message_bytes", "a message", raise("message_bytes"))
      : refusal(`${bytes} bytes`, bytesInFlight, "bytes_in_flight", "flight", raise("bytes_in_flight"));
  if (bytes <= Math.min(textBytes, textValues)) return undefined; // each value takes at least a byte
  const size = text();
  if (size.bytes > textBytes)
    return refusal(`${size.bytes} bytes of text`, textBytes, "text_bytes", "a message", asTensor);
  if (size.values > textValues)
    return refusal(`${size.values} values of text`, textValues, "text_values", "a message", asTensor);
  return undefined;
}

/** Fields that the client makes itself, of known depth; their lists are long. */
const tensorFields: ReadonlySet<string> = new Set(["inputs", "columns", "values", "history"]);

/** Why a request is nested too deeply to be sent: the gateway would close the connection. */
export function tooDeep(frame: ClientFrame): HeadgateError | undefined {
  for (const [name, value] of Object.entries(frame))
    if (typeof value === "object" && !tensorFields.has(name) && isDeeper(value, limits.nesting_max - 1))
      return invalidArgument(
        name,
        `lists and maps may be nested ${limits.nesting_max} deep, counted from the request itself`,
      );
  return undefined;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1));
}

const asTensor = ", or numbers in the binary form";

function raise(setting: string): string {
  return `, or raise limits.${setting} in its config`;
}

function refusal(has: string, limit: number, name: string, where: string, or: string): HeadgateError {
  return new HeadgateError(
    "invalid_argument",
    `the request has ${has} and the gateway takes ${limit} in ${where} (welcome.limits.${name}): ` +
      `send less at once${or}`,
  );
}
