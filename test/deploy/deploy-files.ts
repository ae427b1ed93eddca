/** Reads what lies in deploy/. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import type { Config } from "../../gateway/config/config.js";
import { parseConfig } from "../../gateway/config/parse.js";
import { stopGraceMs } from "../../gateway/process/last-resort.js";

export const projectFolder = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(projectFolder, "deploy");

/** The path of a file in deploy/. */
export const deployPath = (name: string) => join(folder, name);

export const deployText = (name: string) => readFileSync(deployPath(name), "utf8");

/** The names of all files in deploy/ that end so. */
export function deployFiles(ending: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** The documents of a YAML file. A test says of which kind it takes them to be. */
export function yamlDocuments<T>(name: string): T[] {
  const documents = parseAllDocuments(deployText(name));
  if (!Array.isArray(documents)) throw new Error(`${name} is empty`);
  return documents.map((document) => {
    for (const error of document.errors) throw error;
    return document.toJS() as T;
  });
}

/** @throws when the file has more documents than one, or none */
export function yamlDocument<T>(name: string): T {
  const [only, ...more] = yamlDocuments<T>(name);
  if (only === undefined || more.length > 0) throw new Error(`${name} has ${more.length + 1} documents`);
  return only;
}

/** A gateway's config in deploy/, as the gateway reads it. */
export function gatewayConfig(name: string): Config {
  return parseConfig(JSON.parse(deployText(name)) as object);
}

/** Seconds that a stop may take: the drain and the end of sockets, engines and files. */
export const stopSeconds = ({ drain }: Config) => (drain.deadline_ms + stopGraceMs) / 1_000;

/** Seconds of a text such as `45s`. */
export function seconds(text: string): number {
  const found = /^(\d+)s?$/.exec(text);
  if (found === null) throw new Error(`${text} is no number of seconds`);
  return Number(found[1]);
}
