/**
 * What is wrong with a text that is not JSON, without the text. The parser quotes ten characters around the fault, as in
 * `Unexpected token 'x', ..."oken":"abcx"... is not valid JSON`. They may be of a token, and errors are logged.
 */
export function jsonFault(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/, (\.\.\.)?".*"(\.\.\.)? is not valid JSON$/s, "");
}
