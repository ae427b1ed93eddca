/**
 * The last step of `npm run build`: fills `dist/node_modules` with the packages of `brought-packages.ts`. Files are
 * hard links to those of `node_modules`, so that they take no disk, and so that a process that loads a native library
 * by both paths gets one library: the loader compares inodes.
 */
import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BroughtPackage, broughtPackages } from "./brought-packages.js";
import { replaceFile } from "./replace-file.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What Node needs of a package.json, and what a licence asks to keep; no scripts and no dependencies. */
const keptFields = [
  "name",
  "version",
  "description",
  "license",
  "author",
  "repository",
  "type",
  "main",
  "exports",
];

for (const brought of broughtPackages) bring(brought);

function bring({ name, paths, license }: BroughtPackage): void {
  const from = join(root, "node_modules", name);
  const to = join(root, "dist/node_modules", name);
  const manifest = JSON.parse(readFileSync(join(from, "package.json"), "utf8")) as Record<string, unknown>;
  const kept = Object.fromEntries(
    keptFields.flatMap((field) => (field in manifest ? [[field, manifest[field]]] : [])),
  );
  const text = `${JSON.stringify(kept, null, 2)}\n`;
  // Another version: nothing of the old one stays.
  if (textOf(join(to, "package.json")) !== text) rmSync(to, { recursive: true, force: true });
  for (const path of paths) for (const file of filesOf(from, path)) link(join(from, file), join(to, file));
  if (license !== undefined) link(join(root, license), join(to, "LICENSE"));
  replaceFile(join(to, "package.json"), text);
}

/** The files at a path in a folder, without source maps and types, which nobody reads in a tarball. */
function filesOf(folder: string, path: string): string[] {
  if (statSync(join(folder, path)).isFile()) return [path];
  return readdirSync(join(folder, path), { recursive: true, encoding: "utf8" })
    .map((file) => join(path, file))
    .filter((file) => !/\.(map|d\.ts)$/.test(file) && statSync(join(folder, file)).isFile());
}

function link(from: string, to: string): void {
  const [source, present] = [lstatSync(from), lstatSync(to, { throwIfNoEntry: false })];
  if (present?.ino === source.ino && present.dev === source.dev) return;
  if (
    present !== undefined &&
    present.nlink === 1 &&
    present.size === source.size &&
    present.mtimeMs >= source.mtimeMs
  )
    return; // a copy that was made where no link could be
  rmSync(to, { force: true });
  mkdirSync(dirname(to), { recursive: true });
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to); // node_modules is on another file system
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
