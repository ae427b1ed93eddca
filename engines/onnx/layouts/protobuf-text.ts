/**
 * Protocol buffers' text format, as Triton's config.pbtxt is written: fields, lists, messages, strings, numbers, names
 * and comments. Extensions and `Any` are refused by name. Source: protobuf's "Text Format Language Specification". Pure.
 */

/**
 * Each field maps to a list of its values, in order: the text format does not distinguish a field with one value from
 * a list of one.
 */
export interface TextMessage {
  readonly [field: string]: readonly TextValue[];
}

/** A name, such as `TYPE_FP32`, is a string; `true` and `false` are booleans. */
export type TextValue = string | number | boolean | TextMessage;

/** Limit on the nesting of messages: Triton's are nested up to seven deep. */
const nestingMax = 64;
const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
const names: Readonly<Record<string, number | boolean>> = {
  true: true,
  false: false,
  inf: Infinity,
  infinity: Infinity,
  nan: Number.NaN,
};

const space = /(?:\s|#[^\n]*)*/y;
const name = /[A-Za-z_]\w*/y;
const number = /(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fF]?)(?![\w.])/y;

/** @throws naming the line and the token that was expected there */
export function parseProtobufText(text: string): TextMessage {
  const reader = new TextReader(text);
  return reader.message(undefined, 0);
}

class TextReader {
  private at = 0;

  constructor(private readonly text: string) {}

  /** @param end the token that closes the message; undefined: the end of the text */
  message(end: string | undefined, depth: number): TextMessage {
    if (depth > nestingMax) this.fail(`messages are nested more than ${nestingMax} deep`);
    const fields: Record<string, TextValue[]> = Object.create(null);
    for (;;) {
      this.skipSpace();
      if (end === undefined ? this.at === this.text.length : this.take(end)) return fields;
      if (this.text[this.at] === "[") this.fail("an extension, which Triton's config does not have");
      const field = this.match(name) ?? this.fail(`the name of a field${end ? ` or ${end}` : ""}`);
      const values = this.fieldValues(depth);
      fields[field] = [...(fields[field] ?? []), ...values];
      this.skipSpace();
      if (!this.take(",")) this.take(";");
    }
  }

  private fieldValues(depth: number): TextValue[] {
    this.skipSpace();
    const isNamed = this.take(":");
    this.skipSpace();
    if (this.take("[")) return this.list(depth);
    const next = this.text[this.at];
    if (!isNamed && next !== "{" && next !== "<") this.fail("a colon, or { of a message");
    return [this.value(depth)];
  }

  private list(depth: number): TextValue[] {
    const values: TextValue[] = [];
    this.skipSpace();
    if (this.take("]")) return values;
    for (;;) {
      values.push(this.value(depth));
      this.skipSpace();
      if (this.take("]")) return values;
      if (!this.take(",")) this.fail(", or ] of a list");
    }
  }

  private value(depth: number): TextValue {
    this.skipSpace();
    if (this.take("{")) return this.message("}", depth + 1);
    if (this.take("<")) return this.message(">", depth + 1);
    const next = this.text[this.at];
    if (next === '"' || next === "'") return this.strings();
    const isNegative = this.take("-");
    if (isNegative) this.skipSpace();
    const digits = this.match(number);
    if (digits !== undefined) return (isNegative ? -1 : 1) * numberOf(digits);
    const word = this.match(name) ?? this.fail("a value");
    const known = Object.hasOwn(names, word.toLowerCase()) ? names[word.toLowerCase()] : undefined;
    if (isNegative) return typeof known === "number" ? -known : this.fail("a number after -");
    return known ?? word;
  }

  /** Adjacent string literals are concatenated, as the format requires. */
  private strings(): string {
    let whole = "";
    for (;;) {
      const quote = this.text[this.at];
      if (quote !== '"' && quote !== "'") return whole;
      this.at++;
      whole += this.rest(quote);
      this.skipSpace();
    }
  }

  private rest(quote: string): string {
    let content = "";
    for (;;) {
      const next = this.text[this.at];
      if (next === undefined || next === "\n") this.fail(`${quote}, the end of a string`);
      this.at++;
      if (next === quote) return content;
      content += next === "\\" ? this.escaped() : next;
    }
  }

  private escaped(): string {
    const code = this.match(/[0-7]{1,3}/y);
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 8) & 255);
    const hexadecimal = this.match(
      /[xX][0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U000[0-9a-fA-F]{5}|U0010[0-9a-fA-F]{4}/y,
    );
    if (hexadecimal !== undefined) return String.fromCodePoint(Number.parseInt(hexadecimal.slice(1), 16));
    const next = this.text[this.at] ?? this.fail("a character after \\");
    this.at++;
    return escapes[next] ?? (/["'\\?]/.test(next) ? next : this.fail(`no \\${next}`));
  }

  private skipSpace(): void {
    this.match(space);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private fail(expected: string): never {
    const before = this.text.slice(0, this.at).split("\n");
    const found = this.text.slice(this.at, this.at + 20).split("\n")[0] ?? "";
    const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    throw new Error(
      `${place}: expected ${expected}, found ${found === "" ? "the end" : JSON.stringify(found)}`,
    );
  }
}

function numberOf(digits: string): number {
  if (/^0[xX]/.test(digits)) return Number.parseInt(digits, 16);
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8);
  return Number(digits.replace(/[fF]$/, ""));
}
