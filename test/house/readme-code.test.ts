/** The code in the README and in the pages for users runs against a gateway as it is printed. */
import { execFile } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { modelConfigSchema } from "../../engines/onnx/model-config.js";
import { parseConfig } from "../../gateway/config/parse.js";
import { startGateway, type TestGateway } from "../support/gateway.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "headgate-readme-"));

function blocks(page: string, language: string): string[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(
    ([, code]) => code ?? "",
  );
}

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

const programs = [
  "README.md",
  "docs/agents.md",
  "docs/numerics.md",
  "docs/regimes.md",
  "docs/text-models.md",
  "client/typescript/README.md",
].flatMap((page) => blocks(page, "ts").map((code, index) => ({ page, index, code })));

test("the pages have code", () => {
  expect(programs.map(({ page }) => page)).toEqual([
    "README.md",
    "README.md",
    "docs/agents.md",
    "docs/numerics.md",
    "docs/regimes.md",
    "docs/text-models.md",
    "client/typescript/README.md",
    "client/typescript/README.md",
  ]);
});

test.each(programs)("$page, program $index", async ({ page, index, code }) => {
  const address = "ws://127.0.0.1:8470/v1";
  // A busy machine may answer later than within the 50 ms that an agent waits: a gateway that is there gets more time.
  const patient = code.includes(address) ? code.replaceAll(/timeoutMs: [\d_]+/g, "timeoutMs: 10_000") : code;
  const { code: script } = await transform(patient.replaceAll(address, gateway.url), { loader: "ts" });
  const path = join(folder, `${page.replaceAll("/", "-")}-${index}.mjs`);
  writeFileSync(path, script);
  const { stdout, stderr } = await run(process.execPath, [path], { timeout: 19_000 });
  expect(stderr).toBe("");
  expect(stdout).not.toBe("");
});

test("the operator's config is one the gateway takes", () => {
  const [example = ""] = blocks("docs/operations.md", "json");
  expect(parseConfig(JSON.parse(example)).tenants).toMatchObject({ alpha: { weight: 2 } });
});

test("the model owners' configs are such as the repository takes", () => {
  const [example = ""] = blocks("docs/models.md", "json");
  expect(modelConfigSchema.parse(JSON.parse(example)).max_batch_size).toBe(256);
  const [text = ""] = blocks("docs/text-models.md", "json");
  expect(modelConfigSchema.parse(JSON.parse(text)).tokenizer).toEqual({ max_length: 512, truncation: true });
});

test("every page that is linked is there", () => {
  const pages = ["docs", "client", "deploy"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  );
  const made = /node_modules|client\/typescript\/docs/; // what npm and `npm run docs:client` write
  const own = pages.filter((page) => page.endsWith(".md") && !made.test(page));
  const missing = ["README.md", "CONTRIBUTING.md", "PROTOCOL.md", "SECURITY.md", ...own].flatMap((page) => {
    const text = readFileSync(join(root, page), "utf8").replace(/`[^`\n]*`/g, "");
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = ""]) => link);
    return links
      .filter((link) => !existsSync(join(root, page, "..", link)))
      .map((link) => `${page}: ${link}`);
  });
  expect(own.length).toBeGreaterThan(40);
  expect(missing).toEqual([]);
});
