/** Every type and file that the glossary names exists. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sourceFiles } from "./source-files.js";

const glossary = readFileSync("docs/glossary.md", "utf8");
const sources = sourceFiles(["gateway", "engines", "protocol", "client/typescript"])
  .map((file) => readFileSync(file, "utf8"))
  .join("\n");

const quoted = [...glossary.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);
const types = quoted.filter((text) => /^[A-Z]\w*$/.test(text));
const paths = quoted.filter((text) => text.includes("/"));
const terms = [...glossary.matchAll(/^- \*\*([^*]+)\*\*: /gm)].map(([, term = ""]) => term);

function isDeclared(type: string, text = sources): boolean {
  return new RegExp(
    `\\b(?:interface|class|enum|type) ${type}\\b(?=\\s*[<={]|\\s+(?:extends|implements))`,
  ).test(text);
}

describe("the glossary", () => {
  test.each(types)("names the type %s, which is declared", (type) => {
    expect(isDeclared(type)).toBe(true);
  });

  test.each(paths)("names the file %s, which is there", (path) => {
    expect(existsSync(path)).toBe(true);
  });

  test("is alphabetical, each term once and on one line with where it lives", () => {
    expect(terms.length).toBeGreaterThan(40);
    const keys = terms.map((term) => term.toLowerCase());
    expect(keys).toEqual([...new Set(keys)].sort());
    const entries = glossary.split("\n").filter((line) => line.startsWith("- "));
    expect(entries.length).toBe(terms.length);
    for (const entry of entries) expect(entry).toMatch(/`[^`]*\/[^`]*`/);
  });

  test("names for each type a file of its line that declares it", () => {
    const entries = glossary.split("\n").filter((line) => line.startsWith("- "));
    const astray = entries.flatMap((entry) => {
      const named = [...entry.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);
      const files = named.filter((text) => text.endsWith(".ts") && existsSync(text));
      const text = files.map((file) => readFileSync(file, "utf8")).join("\n");
      return named.filter((type) => /^[A-Z]\w*$/.test(type) && !isDeclared(type, text));
    });
    expect(astray).toEqual([]);
  });

  test("would show a type that nobody declares", () => {
    expect(isDeclared("ServableQueue")).toBe(true);
    expect(isDeclared("ServableQue")).toBe(false);
  });
});
