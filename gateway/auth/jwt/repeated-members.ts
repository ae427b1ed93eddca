/**
 * Finds a member name that occurs twice in one JSON object. `JSON.parse` keeps the last value without a word, and other
 * readers of the same token may keep the first: whoever checked the token elsewhere may have checked another claim.
 */

/** A string together with the colon that makes it a member name, or a bracket of an object. */
const parts = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[{}]/g;

/** @param json valid JSON, because only in valid JSON a string before a colon is a member name */
export function hasRepeatedMembers(json: string): boolean {
  const objects: Set<string>[] = [];
  for (const [part, text, colon] of json.matchAll(parts)) {
    if (part === "{") objects.push(new Set());
    else if (part === "}") objects.pop();
    else if (colon !== undefined && text !== undefined) {
      const names = objects.at(-1);
      const name = text.includes("\\") ? (JSON.parse(`"${text}"`) as string) : text;
      if (names === undefined || names.has(name)) return true;
      names.add(name);
    }
  }
  return false;
}
