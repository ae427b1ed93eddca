import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGateway, type TestGateway } from "../support/gateway.js";

const clientEntry = fileURLToPath(new URL("../../client/typescript/browser.ts", import.meta.url));

/** The page's program: what a dashboard would do, its answer left where the test can read it. */
const program = `
  import { connect, tensor, HeadgateError } from "headgate-client";
  const parameters = new URLSearchParams(location.search);
  window.run = async () => {
    const gate = await connect(parameters.get("url"), { token: parameters.get("token") ?? undefined, connectTimeoutMs: 5000 });
    const X = tensor([Array.from({ length: 16 }, (_, i) => i / 16)]);
    const [first, ...others] = await Promise.all(Array.from({ length: 20 }, () => gate.infer("market-impact", { X })));
    const refused = await gate.infer("market-impact", { X: tensor([[1, 2]]) }).catch((error) => error);
    const stream = await gate.openStream("WEB", { detector: "gaussian_hmm" });
    const taken = await stream.observe([1, 2, 3], [[0.1], [0.2], [0.3]]);
    const subscription = gate.subscribe("regime.WEB");
    await subscription.caughtUp;
    await gate.close();
    return {
      impact: first.outputs.impact_bps.data[0],
      same: others.every((each) => each.outputs.impact_bps.data[0] === first.outputs.impact_bps.data[0]),
      refused: refused instanceof HeadgateError && refused.code + " " + refused.message,
      accepted: taken.accepted,
      cursor: subscription.cursor.offset,
    };
  };
`;

let browser: Browser;
let page: Page;
let site: Server;
let origin: string;

beforeAll(async () => {
  const bundle = await build({
    stdin: { contents: program, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    alias: { "headgate-client": clientEntry },
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  const script = bundle.outputFiles[0]?.text ?? "";
  site = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const executablePath = process.env["HEADGATE_CHROMIUM"] ?? "/usr/bin/chromium";
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  page = await browser.newPage();
});

afterAll(async () => {
  await browser?.close();
  site?.close();
});

async function runPage(gateway: TestGateway, token?: string): Promise<Record<string, unknown>> {
  const query = new URLSearchParams({ url: gateway.url, ...(token !== undefined && { token }) });
  await page.goto(`${origin}/?${query}`);
  await page.waitForFunction("window.run !== undefined");
  return page.evaluate("window.run()");
}

test("a page asks, is refused by field, feeds a stream and subscribes", async () => {
  const gateway = await startGateway({ auth: { allowed_origins: [origin] } });
  try {
    const answer = await runPage(gateway);
    expect(answer).toMatchObject({ same: true, accepted: 3, cursor: 0 });
    expect(answer["impact"]).toBeGreaterThan(0);
    expect(answer["refused"]).toContain("invalid_argument inputs.X.shape");
  } finally {
    await gateway.stop();
  }
});

test("a page sends its token in hello, for a browser cannot send headers", async () => {
  const sha256 = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"; // of "secret"
  const gateway = await startGateway({
    auth: { allowed_origins: [origin], keys: [{ sha256, tenant: "web" }] },
  });
  try {
    expect(await runPage(gateway, "secret")).toMatchObject({ accepted: 3 });
    await expect(runPage(gateway, "wrong")).rejects.toThrow(/token/);
  } finally {
    await gateway.stop();
  }
});

test("a page whose origin is not allowed is kept out", async () => {
  const gateway = await startGateway();
  try {
    await expect(runPage(gateway)).rejects.toThrow(/no gateway answered/);
  } finally {
    await gateway.stop();
  }
});

/** What a page of another origin reads of server-sent events and of a model, by `fetch` with its token. */
const readOverHttp = `(async (address) => {
  const headers = { authorization: "Bearer secret" };
  const post = (path, body) => fetch(address + path, { method: "POST", headers, body: JSON.stringify(body) });
  await post("/v1/streams/open", { stream: "FETCH", detector: "gaussian_hmm" });
  const events = await fetch(address + "/v1/events?topic=regime.FETCH", { headers });
  const reader = events.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const until = async (words) => {
    while (!text.includes(words)) text += (await reader.read()).value;
  };
  await until("event: snapshot");
  await post("/v1/streams/close", { stream: "FETCH" });
  await until("stream_closed");
  await reader.cancel();
  const inputs = [{ name: "X", datatype: "FP64", shape: [4, 2], data: [1, 2, 2, 1, 3, 5, 4, 4] }];
  const fitted = await post("/v2/models/pca/infer", {
    inputs, parameters: { n_components: 1, binary_data_output: true },
  });
  const unknown = await fetch(address + "/v2/models/nothing", { headers });
  return {
    opened: events.status,
    header: Number(fitted.headers.get("inference-header-content-length")) > 0,
    refused: (await unknown.json()).code,
  };
})`;

test("a page of an allowed origin reads streaming events and answers by fetch, and no other page does", async () => {
  const sha256 = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"; // of "secret"
  const keys = [{ sha256, tenant: "web" }];
  const allowing = await startGateway({ auth: { allowed_origins: [origin], keys } });
  const other = await startGateway({ auth: { keys } });
  try {
    await page.goto(`${origin}/`);
    expect(await page.evaluate(`${readOverHttp}("${allowing.http}")`)).toEqual({
      opened: 200,
      header: true,
      refused: "not_found",
    });
    await expect(page.evaluate(`${readOverHttp}("${other.http}")`)).rejects.toThrow(/Failed to fetch/);
  } finally {
    await allowing.stop();
    await other.stop();
  }
});
