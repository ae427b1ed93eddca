import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const house = mkdtempSync(join(tmpdir(), "headgate-house-"));

const forbidden = [
  ["protocol/a.ts", "../gateway/config.js"],
  ["protocol/b.ts", "../engines/servable.js"],
  ["engines/c.ts", "../gateway/clock.js"],
  ["engines/kernels/d.ts", "../numerics/pca.js"],
  ["engines/numerics/e.ts", "../onnx/session.js"],
  ["client/typescript/f.ts", "../../gateway/clock.js"],
  ["client/typescript/g.ts", "../../engines/batch.js"],
  ["client/typescript/h.ts", "ws"],
  ["gateway/i.ts", "../client/typescript/index.js"],
  ["gateway/j.ts", "ws"],
  ["gateway/session/k.ts", "../transport/server.js"],
  ["gateway/scheduling/l.ts", "../session/session.js"],
  ["gateway/regimes/m.ts", "../session/session.js"],
  ["load-tests/n.ts", "../gateway/gateway.js"],
  ["load-tests/s.ts", "../engines/kernels/index.js"],
  ["load-tests/gpu/t.ts", "../../gateway/gateway.js"],
  ["chart/r.ts", "../protocol/tensor.js"],
  ["cli/w.ts", "../gateway/config.js"],
] as const;

const allowed = [
  ["gateway/o.ts", "../gateway/catalog/catalog.js"],
  ["engines/p.ts", "../protocol/tensor.js"],
  ["gateway/transport/q.ts", "ws"],
  ["client/typescript/node-socket.ts", "ws"],
  ["load-tests/gpu/u.ts", "../../engines/kernels/index.js"],
  ["load-tests/x.ts", "../gateway/cli/unknown-name.js"],
  ["load-tests/gpu/v.ts", "../harness/gateway.js"],
] as const;

let refusedPaths: ReadonlySet<string>;

/** A small house under our own rules, with one import in each file. */
beforeAll(() => {
  for (const file of ["biome.json", ".gitignore"]) cpSync(join(root, file), join(house, file));
  for (const [path, imported] of [...forbidden, ...allowed]) {
    mkdirSync(dirname(join(house, path)), { recursive: true });
    writeFileSync(join(house, path), `import { anything } from "${imported}";\n\nconsole.log(anything);\n`);
  }
  const biome = join(root, "node_modules/.bin/biome");
  const args = ["lint", "--only=style/noRestrictedImports", "--max-diagnostics=none", "--colors=off"];
  const { stdout, stderr } = spawnSync(biome, args, { cwd: house, encoding: "utf8" });
  const named = `${stdout}${stderr}`.matchAll(/^(\S+\.ts):\d+:\d+ lint\/style\/noRestrictedImports/gm);
  refusedPaths = new Set([...named].map(([, path]) => path ?? ""));
});

afterAll(() => rmSync(house, { recursive: true }));

test.each(forbidden)("%s may not import %s", (path) => {
  expect(refusedPaths).toContain(path);
});

test.each(allowed)("%s may import %s", (path) => {
  expect(refusedPaths).not.toContain(path);
});
