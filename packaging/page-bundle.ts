/**
 * Bundles the page. The names of scripts and styles contain a hash of their content, so that browsers may keep them for
 * ever; the index names them.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { replaceFile } from "./replace-file.js";

const source = fileURLToPath(new URL("../page/", import.meta.url));

/**
 * @param entry the page's program; tests bundle one of their own
 * @param target the folder for the files, in which nothing else stays
 */
export async function bundlePage(entry: string, target: string): Promise<void> {
  const outputs = (await Promise.all([early(target), main(entry, target)].map(built))).flat();
  const files = new Map(outputs.map(({ path, contents }) => [basename(path), contents]));
  files.set("index.html", new TextEncoder().encode(index([...files.keys()])));
  mkdirSync(target, { recursive: true });
  for (const [name, contents] of files) replaceFile(join(target, name), contents);
  for (const name of readdirSync(target))
    if (!files.has(name)) rmSync(join(target, name), { recursive: true, force: true });
}

/** Runs before the first paint, so that a page in the dark theme does not begin in the light one. */
function early(target: string): BuildOptions {
  return {
    ...optionsFor(target),
    entryPoints: { "early-theme": join(source, "early-theme.ts") },
    format: "iife",
  };
}

/** What only some panels need, such as the renderer of model cards, is loaded when they need it. */
function main(entry: string, target: string): BuildOptions {
  return { ...optionsFor(target), entryPoints: { main: entry }, format: "esm", splitting: true };
}

function optionsFor(target: string): BuildOptions {
  return {
    bundle: true,
    minify: true,
    platform: "browser",
    target: ["es2022"],
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    outdir: target,
    legalComments: "eof",
    write: false,
  };
}

async function built(options: BuildOptions) {
  const { outputFiles = [] } = await build(options);
  return outputFiles;
}

function index(names: readonly string[]): string {
  const named = (pattern: RegExp) => {
    const name = names.find((each) => pattern.test(each));
    if (name === undefined) throw new Error(`the page's build made no file ${pattern}`);
    return `page/${name}`;
  };
  return readFileSync(join(source, "index.template.html"), "utf8")
    .replace("{{early}}", named(/^early-theme-\w+\.js$/))
    .replace("{{main}}", named(/^main-\w+\.js$/))
    .replace("{{style}}", named(/^main-\w+\.css$/));
}
