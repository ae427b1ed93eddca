/**
 * Checks that the lint rules are generated from the floors, and that they work: each import between two rooms that
 * must not touch is refused.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { floors, nameOf, packages, type Room } from "./floors.js";
import { mayImport, overrides } from "./lint-rules.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const house = realpathSync(mkdtempSync(join(tmpdir(), "headgate-house-")));
const rooms = floors.flat();

interface Import {
  readonly file: string;
  readonly imported: string;
}

/**
 * Files of a room for the probe: the files that the room lists, or else one in its folder and one a folder deeper.
 */
function filesOf({ folder, files }: Room): string[] {
  if (files?.[0] === "*") return [`${folder}/probe`];
  if (files !== undefined) return files.map((file) => `${folder}/${file}`);
  return [`${folder}/probe`, `${folder}/inner/probe`];
}

function importOf(from: string, to: string): string {
  const path = `${relative(dirname(from), to)}.js`;
  return path.startsWith(".") ? path : `./${path}`;
}

const pairs = rooms.flatMap((from) => rooms.filter((to) => to !== from).map((to) => ({ from, to })));

function importsOf({ from, to }: { readonly from: Room; readonly to: Room }): Import[] {
  return filesOf(from).flatMap((file) =>
    filesOf(to).map((target) => ({ file, imported: importOf(file, target) })),
  );
}

/**
 * Each room's probe imports every other room, and every package that only few rooms may import, each on a line of its
 * own.
 */
const imports: readonly Import[] = [
  ...pairs.flatMap(importsOf),
  ...rooms.flatMap((room) =>
    Object.keys(packages).flatMap((imported) => filesOf(room).map((file) => ({ file, imported }))),
  ),
  { file: "client/typescript/node-socket", imported: "ws" },
];

const idOf = ({ file, imported }: Import) => `${file}.ts imports ${imported}`;
let refused: ReadonlySet<string>;

beforeAll(() => {
  for (const file of ["biome.json", "biome.floors.json", ".gitignore"])
    cpSync(join(root, file), join(house, file));
  const byFile = new Map<string, Import[]>();
  for (const each of imports) byFile.set(each.file, [...(byFile.get(each.file) ?? []), each]);
  for (const [file, lines] of byFile) {
    mkdirSync(dirname(join(house, file)), { recursive: true });
    writeFileSync(join(house, `${file}.ts`), lines.map(({ imported }) => `import "${imported}";\n`).join(""));
  }
  const biome = join(root, "node_modules/.bin/biome");
  const args = ["lint", "--only=style/noRestrictedImports", "--max-diagnostics=none", "--reporter=github"];
  const { stdout, stderr } = spawnSync(biome, args, { cwd: house, encoding: "utf8", maxBuffer: 2 ** 28 });
  const named = `${stdout}${stderr}`.matchAll(/file=([^,]+)\.ts,line=(\d+)/g);
  refused = new Set(
    [...named].map(([, path = "", line]) => {
      const file = relative(house, path);
      return idOf({ file, imported: byFile.get(file)?.[Number(line) - 1]?.imported ?? "" });
    }),
  );
}, 120_000);

afterAll(() => rmSync(house, { recursive: true }));

test("biome.floors.json is what the floors make", () => {
  expect(JSON.parse(readFileSync(join(root, "biome.floors.json"), "utf8"))).toEqual({
    overrides: overrides(),
  });
});

test("no pair of rooms is left out", () => {
  expect(pairs.filter(({ from, to }) => !mayImport(from, to)).length).toBeGreaterThan(500);
});

test.each(rooms.map((room) => [nameOf(room), room] as const))("what %s may import", (_, room) => {
  for (const pair of pairs.filter(({ from }) => from === room))
    for (const each of importsOf(pair))
      expect(refused.has(idOf(each)), idOf(each)).toBe(!mayImport(pair.from, pair.to));
});

test.each(rooms.map((room) => [nameOf(room), room] as const))(
  "the packages that %s may import",
  (name, room) => {
    for (const [imported, holders] of Object.entries(packages))
      for (const file of filesOf(room))
        expect(refused.has(idOf({ file, imported })), `${file}.ts imports ${imported}`).toBe(
          !holders.includes(name),
        );
  },
);

test("a single file may import what its room may not", () => {
  expect(refused).not.toContain(idOf({ file: "client/typescript/node-socket", imported: "ws" }));
});
