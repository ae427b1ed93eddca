/** The colours of the page: the dark ones are written twice, and all can be read on what is behind them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const source = readFileSync("page/style/tokens.css", "utf8");

function tokensOf(selector: string): Record<string, string> {
  const begin = source.indexOf(`${selector} {`);
  const block = source.slice(begin, source.indexOf("}", begin));
  return Object.fromEntries(
    [...block.matchAll(/(--[\w-]+): ([^;]+);/g)].map(([, name, value]) => [name, value]),
  );
}

const light = tokensOf(":root");
const dark = tokensOf(':root[data-theme="dark"]');

it("the chosen dark theme is the system's", () => {
  expect(Object.keys(dark).length).toBeGreaterThan(20);
  expect(tokensOf(':root:not([data-theme="light"])')).toEqual(dark);
});

/** WCAG 2's relative luminance. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [bright = 0, deep = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (bright + 0.05) / (deep + 0.05);
}

describe.each([
  ["light", light],
  ["dark", dark],
])("in the %s theme", (_, tokens) => {
  const of = (name: string) => tokens[name] ?? "";
  it.each([
    ["--text", "--ground"],
    ["--text", "--surface"],
    ["--text", "--raised"],
    ["--muted", "--ground"],
    ["--muted", "--surface"],
    ["--accent", "--surface"],
    ["--accent", "--accent-ground"],
    ["--accent-text", "--accent"],
    ["--good", "--good-ground"],
    ["--warn", "--warn-ground"],
    ["--bad", "--bad-ground"],
    ["--bad", "--surface"],
    ["--text", "--accent-ground"],
  ])("%s can be read on %s", (text, ground) => {
    expect(contrast(of(text), of(ground))).toBeGreaterThanOrEqual(4.5);
  });

  it.each([1, 2, 3, 4, 5, 6])("the line %d of a chart can be seen", (number) => {
    expect(contrast(of(`--series-${number}`), of("--surface"))).toBeGreaterThanOrEqual(3);
  });
});
