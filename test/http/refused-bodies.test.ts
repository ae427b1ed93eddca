/** HTTP requests that cannot be parsed cost their tenant a request each, once their token was accepted. */
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { metricsRoutes } from "../../gateway/faces/http/metrics-routes.js";
import { openHttpFace } from "../../gateway/wiring/http-routes.js";
import { testHouse } from "../support/house.js";

const token = "good";
const sha256 = createHash("sha256").update(token).digest("hex");

function harness() {
  const { house, clock } = testHouse({
    auth: { keys: [{ sha256, tenant: "desk" }] },
    quotas: { requests: { per_second: 1, burst: 2 } },
  });
  const exposition = async () => ({ contentType: "text/plain", body: "" });
  const metrics = metricsRoutes(exposition, undefined, clock, house.authenticators);
  const { routes } = openHttpFace(
    house,
    () => undefined,
    metrics,
    (error: unknown) => {
      throw error;
    },
  );
  const used = () => house.quotas.of("desk").used("requests", clock.now());
  const status = async (method: string, path: string, body: string | undefined, bearer: string) => {
    const headers = {
      authorization: `Bearer ${bearer}`,
      ...(body !== undefined && {
        "content-length": String(body.length),
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      }),
    };
    return (await routes.request(path, { method, headers, ...(body !== undefined && { body }) })).status;
  };
  return { used, status };
}

const call = (name: string, args: object) =>
  JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } });

it.each([
  ["POST", "/v1/streams/open", "{"],
  ["POST", "/v1/streams/observe", '{"stream":5}'],
  ["POST", "/v1/streams/close", "[]"],
  ["GET", "/v1/streams/state?stream=S%20P", undefined],
  ["GET", "/v1/describe?nothing=1", undefined],
  ["GET", "/v1/events?topic=nowhere", undefined],
  ["POST", "/v2/models/echo/infer", "{"],
  ["POST", "/mcp", "["],
])("%s %s of %s is charged, and over the quota refused with 429", async (method, path, body) => {
  const { used, status } = harness();
  expect(await status(method, path, body, "wrong")).toBe(401);
  expect(used()).toBe(0);
  for (let i = 1; i <= 2; i++) {
    expect(await status(method, path, body, token)).toBe(400);
    expect(used()).toBe(i);
  }
  expect(await status(method, path, body, token)).toBe(429);
});

it("arguments of a tool that do not fit it are charged", async () => {
  const { used, status } = harness();
  expect(await status("POST", "/mcp", call("get_regime", { stream: 5 }), token)).toBe(200);
  expect(used()).toBe(1);
});
