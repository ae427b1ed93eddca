import { readdirSync } from "node:fs";

/** The TypeScript sources under these folders, without installed packages and built files. */
export function sourceFiles(folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((file) => `${folder}/${file}`)
      .filter((file) => /\.ts$/.test(file) && !/\.d\.ts$|\/(node_modules|dist)\//.test(file)),
  );
}
