/**
 * Removes from a built and pruned checkout what its packages have for other platforms, and the links to packages that are
 * not part of an image. Usage: node keep-platform.mjs FOLDER
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const [, , folder] = process.argv;
if (folder === undefined || !existsSync(join(folder, "dist/node_modules")))
  throw new Error("usage: node keep-platform.mjs FOLDER, after npm run build and npm prune --omit=dev");
const { platform, arch } = process;

/** Folders that hold one entry a platform, and the beginning of the names of those that stay. */
const platforms = [
  ["dist/node_modules/onnxruntime-node/bin/napi-v6", platform],
  [`dist/node_modules/onnxruntime-node/bin/napi-v6/${platform}`, arch],
  ["node_modules/webgpu/dist", `${platform}-${arch}`],
  ["node_modules/bufferutil/prebuilds", `${platform}-${arch}`],
];

for (const [of, kept] of platforms) {
  const entries = readdirSync(join(folder, of));
  if (!entries.some((entry) => entry.startsWith(kept)))
    throw new Error(`${of} has nothing for ${kept}, only ${entries.join(", ")}`);
  for (const entry of entries)
    if (!entry.startsWith(kept)) rmSync(join(folder, of, entry), { recursive: true });
}

// A workspace of the checkout: dist has what the gateway uses of the client.
rmSync(join(folder, "node_modules/headgate-client"), { force: true });
