/** `npm run floors`: writes biome.floors.json. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { overrides } from "./lint-rules.js";

const path = fileURLToPath(new URL("../../biome.floors.json", import.meta.url));
const lines = overrides().map((each) => `    ${JSON.stringify(each)}`);
writeFileSync(path, `{\n  "overrides": [\n${lines.join(",\n")}\n  ]\n}\n`);
