/** Generates Biome's import rules from the floors. Pure. */
import { floors, nameOf, packages, type Room } from "./floors.js";

interface Group {
  readonly group: readonly string[];
  readonly message: string;
}

export interface Override {
  readonly includes: readonly string[];
  readonly linter: object;
}

const rooms = floors.flat();

/**
 * Whether a room may import another: the other is on a lower floor and in `only` where that is given, or one is a
 * part of the other.
 */
export function mayImport(from: Room, to: Room): boolean {
  if (from === to || from.partOf === nameOf(to) || to.partOf === nameOf(from)) return true;
  return floorOf(to) < floorOf(from) && (from.only?.includes(nameOf(to)) ?? true);
}

function floorOf(room: Room): number {
  return floors.findIndex((floor) => floor.includes(room));
}

/** Outer folders come first: when several overrides match a file, Biome applies the last. */
export function overrides(): Override[] {
  const outerFirst = rooms.toSorted((a, b) => depthOf(a) - depthOf(b));
  const few = Object.values(packages)
    .flat()
    .filter((path) => path.endsWith(".ts"));
  return [
    ...outerFirst.map((room) => override(room, includesOf(room), nameOf(room))),
    ...few.map((path) => override(roomOf(path), [path], path)),
  ];
}

function depthOf({ folder, files }: Room): number {
  return folder.split("/").length + (files === undefined || files[0] === "*" ? 0 : 0.5);
}

function includesOf({ folder, files }: Room): string[] {
  return files === undefined || files[0] === "*"
    ? [`${folder}/**`]
    : files.map((file) => `${folder}/${file}.ts`);
}

/** The room of a file that no room lists: the one with the innermost folder. */
function roomOf(path: string): Room {
  const [innermost] = rooms
    .filter(({ folder, files }) => files === undefined && path.startsWith(`${folder}/`))
    .toSorted((a, b) => depthOf(b) - depthOf(a));
  if (innermost === undefined) throw new Error(`${path} is in no room`);
  return innermost;
}

function override(room: Room, includes: readonly string[], holder: string): Override {
  const patterns = rooms.filter((to) => !mayImport(room, to)).map((to) => refusal(room, to));
  const paths = Object.fromEntries(
    Object.entries(packages)
      .filter(([, holders]) => !holders.includes(holder) && !holders.includes(nameOf(room)))
      .map(([name, holders]) => [name, `${name} is for ${holders.join(", ")}`]),
  );
  const options = { ...(patterns.length > 0 && { patterns }), paths };
  return { includes, linter: { rules: { style: { noRestrictedImports: { level: "error", options } } } } };
}

function refusal(from: Room, to: Room): Group {
  const why =
    floorOf(to) < floorOf(from)
      ? "needs no"
      : floorOf(to) === floorOf(from)
        ? "stands beside"
        : "stands below";
  return {
    group: specifiers(from, to),
    message: `${nameOf(from)} ${why} ${nameOf(to)}: see test/house/floors.ts`,
  };
}

/** The globs that match an import of one room's files in another room. */
function specifiers(from: Room, to: Room): string[] {
  const [here, there] = [from.folder.split("/"), to.folder.split("/")];
  let shared = 0;
  while (shared < here.length && here[shared] === there[shared]) shared++;
  const way = there
    .slice(shared)
    .map((part) => `${part}/`)
    .join("");
  const ends = to.files === undefined ? ["**"] : to.files.map((file) => `${file}.js`);
  const up = here.length - shared;
  const inside = up === 0 ? ["./"] : [];
  // Files are at most three folders below their room's folder. An import that contains the folder's name is matched
  // at any depth.
  const outside =
    way === "" ? [0, 1, 2, 3].map((more) => "../".repeat(up + more)).slice(up === 0 ? 1 : 0) : ["../**/"];
  return [...inside, ...outside].flatMap((start) => ends.map((end) => `${start}${way}${end}`));
}
