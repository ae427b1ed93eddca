/**
 * Removes paths of the server from messages for clients: the location of files concerns only the operator, who finds
 * it in the log. Files of the model repository and of the data folder keep their path within that folder.
 */
import { resolve } from "node:path";
import type { Config } from "../config/config.js";

export type PublicText = (text: string) => string;

/**
 * Matches an absolute path or the URL of a file, but neither the path of another URL nor a slash between two words or
 * numbers.
 */
const absolutePath = /(?<![\w./-])(?:file:\/\/)?(?:\/[^\s/"'`:;,()<>[\]]+)+\/?/g;

export function publicText({ models, data }: Pick<Config, "models" | "data">): PublicText {
  const roots = [...new Set([models, data, resolve(models), resolve(data)])]
    .map((root) => `${root.replace(/\/+$/, "")}/`)
    .sort((a, b) => b.length - a.length);
  return (text) => {
    if (!text.includes("/")) return text;
    const below = roots.reduce((known, root) => without(known, root), text);
    return below.replace(absolutePath, (path) => path.match(/([^/]+)\/?$/)?.[1] ?? "");
  };
}

/** Replaces the root only at the beginning of a path: `my-models/x` does not begin with `models/`. */
function without(text: string, root: string): string {
  let from = 0;
  let replaced = "";
  for (let at = text.indexOf(root); at >= 0; at = text.indexOf(root, from)) {
    const begins = at === 0 || !/[\w./-]/.test(text[at - 1] ?? "");
    replaced += text.slice(from, begins ? at : at + root.length);
    from = at + root.length;
  }
  return replaced + text.slice(from);
}
