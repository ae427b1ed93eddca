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
