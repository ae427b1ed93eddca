/**
 * Parses the JSON of an HTTP body. Its bytes, values and depth are limited before the parser takes memory, and the
 * bare `NaN`, `Infinity` and `-Infinity` that Triton's client writes are read as the strings of the same names, which
 * tensors of floating-point numbers take.
 */
import { type HeadgateError, invalidArgument } from "../../../protocol/errors.js";
import { jsonFault } from "../../../protocol/json-fault.js";
import { limits } from "../../../protocol/limits.js";
import { BodyTooLargeError } from "./body-too-large.js";
import { requireOwnNames } from "./json-names.js";

/** Data of eight dimensions, nested, in a list of tensors in a body. */
const nestingMax = limits.tensor_rank_max + 4;

const utf8 = new TextDecoder("utf-8", { fatal: true });
const quote = 0x22;
const backslash = 0x5c;

/**
 * @param valuesMax of brackets, commas and colons, which are at least as many as the values
 * @throws HeadgateError invalid_argument, or resource_exhausted that is not retryable when there is too much text
 */
export function parseJson(bytes: Uint8Array, valuesMax: number = limits.text_values_max): unknown {
  if (bytes.length > limits.text_bytes_max)
    throw tooMuch(`${bytes.length} bytes of JSON, at most ${limits.text_bytes_max}`);
  const { hasBareNames } = measure(bytes, valuesMax);
  const text = decoded(bytes);
  const value = parsed(hasBareNames ? quoted(text) : text);
  requireOwnNames(text, value);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidArgument("the body", `is not JSON: ${jsonFault(error)}`);
  }
}

/** One pass over the bytes: 8 MiB take 20 ms. */
function measure(bytes: Uint8Array, valuesMax: number): { hasBareNames: boolean } {
  let values = 0;
  let depth = 0;
  let hasBareNames = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte === quote) {
      for (i++; i < bytes.length && bytes[i] !== quote; i++) if (bytes[i] === backslash) i++;
      continue;
    }
    if (byte === 0x7b || byte === 0x5b) {
      values++;
      if (++depth > nestingMax) throw invalidArgument("the body", `is nested deeper than ${nestingMax}`);
    } else if (byte === 0x7d || byte === 0x5d) depth--;
    else if (byte === 0x2c || byte === 0x3a) values++;
    else if (byte === 0x4e || byte === 0x49) hasBareNames = true; // N and I begin no other word of JSON
    if (values > valuesMax) throw tooMuch(`more than ${valuesMax} values in JSON`);
  }
  return { hasBareNames };
}

function decoded(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw invalidArgument("the body", "is not UTF-8");
  }
}

const bareNames = ["NaN", "Infinity"] as const;

/**
 * Puts quotes around the bare names, and leaves strings as they are. One pass: a regular expression that skips strings
 * began anew at each quote of a string without an end, and took 8 s for 120 kB.
 */
function quoted(text: string): string {
  const pieces: string[] = [];
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) {
      for (i++; i < text.length && text.charCodeAt(i) !== quote; i++)
        if (text.charCodeAt(i) === backslash) i++;
      continue;
    }
    if (code !== 0x4e && code !== 0x49) continue;
    const name = bareNames.find((each) => text.startsWith(each, i));
    if (name === undefined) continue;
    const from = name === "Infinity" && text[i - 1] === "-" ? i - 1 : i;
    const end = i + name.length;
    pieces.push(text.slice(copied, from), `"${text.slice(from, end)}"`);
    copied = end;
    i = end - 1;
  }
  return pieces.join("") + text.slice(copied);
}

function tooMuch(problem: string): HeadgateError {
  return new BodyTooLargeError(`${problem}: send the tensors in binary`);
}
