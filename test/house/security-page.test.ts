/** docs/security.md promises what is there: each setting, file, metric and link that it names exists. */
import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { sourceFiles } from "./source-files.js";

const page = readFileSync("docs/security.md", "utf8");
const configuration = readFileSync("docs/configuration.md", "utf8");
const settings = new Set([...configuration.matchAll(/^\| `([^`]+)`/gm)].map(([, name = ""]) => name));
const roots = new Set([...settings].map((name) => name.split(/[.[]/)[0] ?? ""));
const spans = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text = ""]) => text);

const rowsOf = (heading: string) => {
  const section = page.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(1).map((line) => line.split("|").slice(1, -1));
};
const spansIn = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);
const isPath = (text: string) =>
  /^(test|gateway|protocol|client|chart|deploy|engines|packaging)\/[\w./-]+$/.test(text);

it("each setting that it names exists", () => {
  const dotted = spans.filter(
    (text) => /^[a-z_]+(\[\])?\.[\w.[\]]+$/.test(text) && roots.has(text.split(/[.[]/)[0] ?? ""),
  );
  const rows = rowsOf("What each setting protects").flatMap(([names]) => spansIn(names));
  expect(dotted.length).toBeGreaterThan(50);
  const known = (name: string) =>
    settings.has(name) || [...settings].some((each) => each.startsWith(`${name}.`));
  expect([...dotted, ...rows].filter((name) => !known(name))).toEqual([]);
});

it("each credential, TLS and metrics setting has a row", () => {
  const rows = rowsOf("What each setting protects").flatMap(([names]) => spansIn(names));
  const named = new Set(rows);
  const wanted = [
    "auth.keys",
    "auth.keys_file",
    "auth.certificates",
    "auth.issuers",
    "tls.cert",
    "tls.client_ca",
    "metrics.sha256",
    "quotas",
  ];
  expect(wanted.filter((name) => !named.has(name))).toEqual([]);
});

it("each file that it names exists", () => {
  const paths = spans.filter(isPath);
  expect(paths.length).toBeGreaterThan(70);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});

it("each threat and each point of OWASP's list names the test that tries it", () => {
  const threats = rowsOf("Who might attack, and what holds");
  const points = rowsOf("OWASP's WebSocket list, point by point");
  expect([threats.length > 13, points.length > 22]).toEqual([true, true]);
  const untried = [...threats, ...points].filter((row) => !spansIn(row.at(-1)).some(isPath));
  expect(untried.map(([first, second]) => `${first}|${second}`)).toEqual([]);
});

it("each metric that it names is made somewhere", () => {
  const metrics = spans.filter((text) => /^headgate_\w+$/.test(text));
  const source = sourceFiles(["gateway"]).map((file) => readFileSync(file, "utf8"));
  expect(metrics).not.toEqual([]);
  expect(metrics.filter((name) => !source.some((text) => text.includes(name)))).toEqual([]);
});

it("each page that it links to exists", () => {
  const links = [...page.matchAll(/\]\((?!https:)([^)#]+)(#[^)]*)?\)/g)].map(
    ([, path = ""]) => `docs/${path}`,
  );
  expect(links.filter((path) => !existsSync(path))).toEqual([]);
});
