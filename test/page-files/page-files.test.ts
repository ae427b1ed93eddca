/** The page's files as the gateway answers them: bounded, cached by their content, and with nothing that a stranger adds. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pageFile, readPageFiles } from "../../gateway/faces/page-files/page-file.js";
import { pageRoutes } from "../../gateway/faces/page-files/routes.js";

const text = "<!doctype html><title>Headgate</title>";
const files = [pageFile("index.html", Buffer.from(text)), pageFile("main-ABC.js", Buffer.from("export {};"))];
const routes = pageRoutes(files);
const ask = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  routes.request(path, { method, headers });

describe("a file of the page", () => {
  it("is answered with its type, a strict policy and no data of anybody", async () => {
    const answer = await ask("/");
    expect([answer.status, await answer.text()]).toEqual([200, text]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "content-length": String(text.length),
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      vary: "accept-encoding",
    });
    const policy = answer.headers.get("content-security-policy")?.split("; ");
    expect(policy).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });

  it("whose name has its hash may be kept for ever", async () => {
    const answer = await ask("/page/main-ABC.js");
    expect(answer.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  });

  it("is compressed for whoever takes gzip, and for nobody else", async () => {
    for (const accepted of ["gzip", "br, gzip;q=0.8", "deflate, GZIP", "*"]) {
      const answer = await ask("/", { "accept-encoding": accepted });
      expect(answer.headers.get("content-encoding"), accepted).toBe("gzip");
      const body = Buffer.from(await answer.arrayBuffer());
      expect(answer.headers.get("content-length")).toBe(String(body.length));
      expect(gunzipSync(body).toString()).toBe(text);
    }
    for (const accepted of ["", "br", "gzip;q=0", "identity", "xgzip"])
      expect((await ask("/", { "accept-encoding": accepted })).headers.get("content-encoding")).toBe(null);
  });

  it("is not sent again to a browser that has it", async () => {
    const etag = (await ask("/")).headers.get("etag") ?? "";
    for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const answer = await ask("/", { "if-none-match": tags });
      expect([answer.status, await answer.text()], tags).toEqual([304, ""]);
      expect(answer.headers.get("etag")).toBe(etag);
      expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    }
    expect((await ask("/", { "if-none-match": '"other"' })).status).toBe(200);
  });

  it("has a tag that changes with its content", () => {
    const [one, other] = ["a", "b"].map((each) => pageFile("index.html", Buffer.from(each)).etag);
    expect(one).not.toBe(other);
  });

  it("answers HEAD with the same headers and no body", async () => {
    const [get, head] = [await ask("/"), await ask("/", {}, "HEAD")];
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
    expect(await head.text()).toBe("");
  });
});

describe("the folder of the page", () => {
  let folder: string;
  const read = () => readPageFiles(pathToFileURL(`${folder}/`));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "headgate-page-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("that is not there, or has no index, is no page", () => {
    expect(read()).toBeUndefined();
    writeFileSync(join(folder, "main.js"), "");
    expect(read()).toBeUndefined();
    rmSync(folder, { recursive: true });
    expect(read()).toBeUndefined();
  });

  it("gives the files that a browser loads, and no others", () => {
    for (const name of ["index.html", "main.js", "main.css", "main.js.map", "notes.txt"])
      writeFileSync(join(folder, name), name);
    mkdirSync(join(folder, "deeper"));
    expect(read()?.map(({ name }) => name)).toEqual(["index.html", "main.css", "main.js"]);
  });

  it("may not take more memory than a page needs", () => {
    writeFileSync(join(folder, "index.html"), "");
    writeFileSync(join(folder, "main.js"), Buffer.alloc(4 * 1024 * 1024));
    expect(read).toThrow(/more than 4194304/);
    writeFileSync(join(folder, "main.js"), "");
    for (let i = 0; i < 63; i++) writeFileSync(join(folder, `${i}.css`), "");
    expect(read).toThrow(/65 files, more than 64/);
  });
});
