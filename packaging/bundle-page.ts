/** A step of `npm run build`: bundles the page into `dist/page`. */
import { fileURLToPath } from "node:url";
import { bundlePage } from "./page-bundle.js";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

await bundlePage(path("../page/main.ts"), path("../dist/page/"));
