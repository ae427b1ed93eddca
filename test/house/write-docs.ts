/** `npm run docs`: writes the pages of documentation that are generated from the code. */
import { writeFileSync } from "node:fs";
import { generatedPages } from "./generated-pages.js";

for (const { path, make } of generatedPages) {
  writeFileSync(path, make());
  console.log(`wrote ${path}`);
}
