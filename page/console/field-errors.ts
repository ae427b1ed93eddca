/** Assigns a refusal of the gateway to the field of the form that it names. Pure. */

/** A message, and the field beside which it belongs; undefined where it belongs to the whole request. */
export interface FieldError {
  readonly field: string | undefined;
  readonly message: string;
}

/**
 * The gateway begins a message with the path of the field, such as `inputs.X.shape: must be…`. Names may contain dots
 * themselves, so the longest field that the path begins with is taken.
 * @param fields the paths of the form's fields, such as `inputs.X`
 */
export function fieldErrorOf(message: string, fields: readonly string[]): FieldError {
  const named = fields
    .filter((field) => message.startsWith(field) && /^(?:[.:[]|$)/.test(message.slice(field.length)))
    .sort((a, b) => b.length - a.length)[0];
  if (named === undefined) return { field: undefined, message };
  const rest = message.slice(named.length).replace(/^:\s*/, "").replace(/^\./, "");
  return { field: named, message: rest };
}
