import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { vulkanDriverInstalled } from "../../engines/kernels/vulkan-driver.js";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "headgate-vulkan-"));
});
afterEach(() => rmSync(home, { recursive: true }));

it("a variable of the loader names a driver", async () => {
  expect(await vulkanDriverInstalled({ VK_DRIVER_FILES: "/some/icd.json", HOME: home }, "linux")).toBe(true);
});

it("a manifest in one of the loader's folders is a driver, another file is none", async () => {
  const folder = join(home, "data/vulkan/icd.d");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "README"), "");
  const env = { XDG_DATA_DIRS: join(home, "data"), HOME: home };
  const before = await vulkanDriverInstalled(env, "linux"); // true where this machine has a driver of its own
  writeFileSync(join(folder, "gpu_icd.json"), "{}");
  expect(await vulkanDriverInstalled(env, "linux")).toBe(true);
  expect(before).toBe(await vulkanDriverInstalled({ XDG_DATA_DIRS: home, HOME: home }, "linux"));
});

it("other systems bring theirs", async () => {
  expect(await vulkanDriverInstalled({}, "darwin")).toBe(true);
});
