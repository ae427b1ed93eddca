/** Paths in the repository, the same whether this file runs as source or from `dist`. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ups = ["../../", "../../../"].map((up) => new URL(up, import.meta.url));
const root = ups.find((up) => existsSync(new URL("package.json", up))) ?? (ups[1] as URL);

/** The absolute path of a path in the repository. */
export function inRepository(path: string): string {
  return fileURLToPath(new URL(path, root));
}
