/**
 * Finds out whether a Vulkan driver is installed, by the Vulkan loader's own rules: manifests named by its
 * environment variables or in its folders. Asking Dawn instead would print warnings on every machine without a GPU.
 * Source: Vulkan-Loader, "Driver interface", section "Driver discovery".
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";

const variables = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES"];

export async function vulkanDriverInstalled(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): Promise<boolean> {
  if (platform !== "linux") return true; // Metal and Direct3D are part of their systems
  if (variables.some((name) => env[name])) return true;
  const found = await Promise.all(folders(env).map(manifests));
  return found.some((count) => count > 0);
}

function folders(env: NodeJS.ProcessEnv): string[] {
  const home = env["HOME"] ?? "";
  const roots = [
    ...(env["XDG_CONFIG_HOME"] ?? join(home, ".config")).split(":"),
    ...(env["XDG_CONFIG_DIRS"] ?? "/etc/xdg").split(":"),
    "/usr/local/etc",
    "/etc",
    ...(env["XDG_DATA_HOME"] ?? join(home, ".local/share")).split(":"),
    ...(env["XDG_DATA_DIRS"] ?? "/usr/local/share:/usr/share").split(":"),
    "/usr/local/share",
    "/usr/share",
  ];
  return roots.map((root) => join(root, "vulkan/icd.d"));
}

async function manifests(folder: string): Promise<number> {
  const entries = await readdir(folder).catch(() => []);
  return entries.filter((entry) => entry.endsWith(".json")).length;
}
