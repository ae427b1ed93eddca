/** A gateway with its page, without it, and one whose page was not built. */
import { pathToFileURL } from "node:url";
import { afterEach, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../support/gateway.js";

let gateway: TestGateway | undefined;
afterEach(() => gateway?.stop());

const withKey = { auth: { keys: [{ sha256: "a".repeat(64), tenant: "desk" }] } };

it("serves the built page without a token, and keeps its answer to unknown paths", async () => {
  gateway = await startGateway(withKey);
  const answer = await fetch(`${gateway.http}/`);
  const html = await answer.text();
  expect(answer.status).toBe(200);
  const named = [...html.matchAll(/(?:src|href)="(page\/[^"]+)"/g)].map(([, path = ""]) => path);
  expect(named.length).toBe(3);
  for (const path of named) expect((await fetch(`${gateway.http}/${path}`)).status, path).toBe(200);
  for (const path of ["/page/other.js", "/page/", "/page/..%2findex.html", "/pages", "/index.html"]) {
    const unknown = await fetch(gateway.http + path);
    expect([unknown.status, unknown.headers.get("content-type")], path).toEqual([404, "application/json"]);
    expect(((await unknown.json()) as { error: string }).error).toMatch(/not found; there are \/v2/);
  }
  const posted = await fetch(`${gateway.http}/`, { method: "POST" });
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

it("paints from less than 300 kB, uncompressed", async () => {
  gateway = await startGateway();
  const { http } = gateway;
  const seen = new Map<string, number>();
  const load = async (path: string): Promise<void> => {
    const text = await (await fetch(new URL(path, http))).text();
    seen.set(path, Buffer.byteLength(text));
    const named = path === "/" ? text.matchAll(/(?:src|href)="(page\/[^"]+)"/g) : staticImports(text);
    for (const [, name = ""] of named) {
      const next = new URL(name, new URL(path, http)).pathname;
      if (!seen.has(next)) await load(next);
    }
  };
  await load("/");
  expect([...seen.keys()].some((path) => path.endsWith(".js"))).toBe(true);
  expect([...seen.values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(300_000);
});

/** What a module needs before it runs; an `import()` is loaded when a panel needs it. */
function staticImports(text: string) {
  return text.matchAll(/(?:\bfrom|\bimport)\s*"(\.\/[^"]+\.js)"/g);
}

it("asks the Host of a request to be known, as everywhere", async () => {
  gateway = await startGateway();
  const answer = await fetch(`${gateway.http}/`, { headers: { origin: "https://stranger.example" } });
  expect(answer.status).toBe(403);
});

it.each([
  ["that is told to serve no page", { page: { enabled: false } }, {}],
  ["whose page was not built", {}, { pageFiles: pathToFileURL("/headgate-no-such-folder/") }],
])("a gateway %s serves all else", async (_, overrides, own) => {
  gateway = await startGateway(overrides, own);
  expect((await fetch(`${gateway.http}/`)).status).toBe(404);
  expect((await fetch(`${gateway.http}/v2/health/ready`)).status).toBe(200);
});
