/** Each type name has one meaning in the whole house: no two files declare the same name. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sourceFiles } from "./source-files.js";

interface TypeDeclaration {
  readonly name: string;
  readonly file: string;
}

const folders = [
  "gateway",
  "engines",
  "protocol",
  "client/typescript",
  "page",
  "chart",
  "command-line",
  "small-files",
];

/**
 * Names that the public TypeScript client shares with a room that it must not import. The declarations are the same
 * text, and a test below holds that they stay so.
 */
const sharedWithTheClient: ReadonlySet<string> = new Set(["Tensors"]);

/** The source without comments and strings, which may contain words that look like declarations. */
function withoutText(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
}

const declaration =
  /^[ \t]*(?:export )?(?:default )?(?:declare )?(?:abstract )?(?:interface|class|enum|type)\s+([A-Z]\w*)(?=\s*[<={]|\s+(?:extends|implements)\b)/gm;

function declarationsIn(file: string, source: string): TypeDeclaration[] {
  return [...withoutText(source).matchAll(declaration)].map(([, name = ""]) => ({ name, file }));
}

/** Each name that is declared more than once, with the files that declare it. */
function declaredTwice(declarations: readonly TypeDeclaration[]): string[] {
  const files = new Map<string, string[]>();
  for (const { name, file } of declarations) files.set(name, [...(files.get(name) ?? []), file]);
  return [...files]
    .filter(([, each]) => each.length > 1)
    .map(([name, each]) => `${name}: ${each.join(", ")}`);
}

/** A type's declaration in one line, to compare two files that declare it with the same text. */
function textOf(file: string, name: string): string {
  const source = readFileSync(file, "utf8");
  return new RegExp(`^export type ${name} = [^;]+;`, "m").exec(source)?.[0] ?? `${file} has no ${name}`;
}

const declarations = sourceFiles(folders).flatMap((file) => declarationsIn(file, readFileSync(file, "utf8")));

describe("the type names of the house", () => {
  test("are found: every file of every room was read", () => {
    const names = new Set(declarations.map(({ name }) => name));
    for (const known of ["CommitPublisher", "HeadgateError", "WireTensors", "FitFunction", "SessionState"])
      expect(names).toContain(known);
    expect(names.size).toBeGreaterThan(700);
  });

  test("are declared once each, exported or not", () => {
    expect(declaredTwice(declarations.filter(({ name }) => !sharedWithTheClient.has(name)))).toEqual([]);
  });

  test("mean the same where the client, which imports nothing but the protocol, has one of its own", () => {
    for (const name of sharedWithTheClient) {
      const own = declarations.filter((each) => each.name === name);
      expect(own.length).toBe(2);
      expect(new Set(own.map(({ file }) => textOf(file, name))).size).toBe(1);
    }
  });
});

describe("a name that two files declare", () => {
  test.each([
    ["export interface Line {", "class Line<T> extends Queue {"],
    ["type Line = string;", "  interface Line extends Queue {"],
    ["export abstract class Line {", "export enum Line {"],
    ["export type Line<T> =\n  | T", "export declare class Line implements Queue {"],
  ])("is found in %s and in %s", (one, other) => {
    expect(declaredTwice([...declarationsIn("a.ts", one), ...declarationsIn("b.ts", other)])).toEqual([
      "Line: a.ts, b.ts",
    ]);
  });

  test("is not one that a comment or an import speaks of", () => {
    const prose = "/** The class Line {\n * type Line = no type */\n// interface Line {\n";
    const used = 'import { type Line, Queue } from "./line.js";\nexport type { Line };\n';
    expect(declarationsIn("a.ts", prose + used)).toEqual([]);
  });
});
