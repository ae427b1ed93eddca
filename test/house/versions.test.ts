import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string) => readFileSync(path, "utf8");

test("the gateway and both clients carry one version", () => {
  const gateway = /"version": "([^"]+)"/.exec(read("package.json"))?.[1];
  expect(gateway).toMatch(/^\d+\.\d+\.\d+$/);
  expect(/"version": "([^"]+)"/.exec(read("client/typescript/package.json"))?.[1]).toBe(gateway);
  expect(/^version = "([^"]+)"/m.exec(read("client/python/pyproject.toml"))?.[1]).toBe(gateway);
  expect(read("CHANGELOG.md")).toContain(`## ${gateway}`);
});
