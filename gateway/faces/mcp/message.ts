/** Reads the JSON-RPC message of a body, and refuses what could not be answered under its own id. */
import { HeadgateError } from "../../../protocol/errors.js";
import { type Fields, isFields, kindOf, shown } from "../../../protocol/fields.js";
import { limits } from "../../../protocol/limits.js";
import { parseJson } from "../http/json-text.js";

/** A body that is JSON, and not a JSON-RPC message. */
export class InvalidMessageError extends HeadgateError {
  constructor(field: string, problem: string) {
    super("invalid_argument", `${field}: ${problem}`);
    this.name = "InvalidMessageError";
  }
}

/**
 * A list of messages is refused: they would be carried out at once, however many they are, and the protocol has dropped
 * lists.
 * @throws HeadgateError invalid_argument
 */
export function readMessage(bytes: Uint8Array): Fields {
  const body = parseJson(bytes);
  if (!isFields(body))
    throw new InvalidMessageError("the body", `must be one JSON-RPC request, got ${kindOf(body)}`);
  requireName(body, "id", "id");
  const { params } = body;
  const meta = isFields(params) ? params["_meta"] : undefined;
  if (isFields(meta)) requireName(meta, "progressToken", "params._meta.progressToken");
  return body;
}

/** The parser reads the bare words `NaN` and `Infinity`, which are no JSON, as these strings. */
const numberNames: ReadonlySet<unknown> = new Set(["NaN", "Infinity", "-Infinity"]);

/**
 * A client finds the answer of its request by the id that it gave. An id of another type, or an integer beyond 2^53, would
 * come back changed or not at all; a long one would be repeated with each report of progress.
 */
function requireName(fields: Fields, key: string, field: string): void {
  if (!Object.hasOwn(fields, key)) return;
  const name = fields[key];
  const isText = typeof name === "string" && name.length <= limits.name_length_max && !numberNames.has(name);
  if (isText || Number.isSafeInteger(name)) return;
  throw new InvalidMessageError(
    field,
    `must be a string of at most ${limits.name_length_max} characters or an integer within 2^53, got ${shown(name)}`,
  );
}
