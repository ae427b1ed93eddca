/** A gateway that has started while the issuer was away: its clients are told to come back, not that they are wrong. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../../support/gateway.js";
import { TestIssuer } from "../../support/issuer.js";
import { BareSocket, refusedUpgrade } from "../../support/socket.js";
import { until } from "../../support/until.js";

const nowInSeconds = Math.floor(Date.now() / 1_000);
let folder: string;
let running: TestGateway;
let issuer: TestIssuer;
let headers: { authorization: string };
let token: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-away-"));
  issuer = await TestIssuer.create("https://idp.example");
  token = await issuer.token({ iat: nowInSeconds, exp: nowInSeconds + 3_600, scope: "metrics:read" });
  headers = { authorization: `Bearer ${token}` };
  const settings = { issuer: issuer.name, audience: "headgate", jwks_file: join(folder, "jwks.json") };
  running = await startGateway({ models: folder, auth: { issuers: [{ ...settings, refresh_ms: 1_000 }] } });
}, 60_000);

afterAll(async () => {
  await running.stop();
  await rm(folder, { recursive: true });
}, 30_000);

const hello = async () => {
  const socket = await BareSocket.open(running.url, { hello: false });
  socket.send({ type: "hello", token });
  return socket;
};

it("an upgrade is refused with 503 and Retry-After, a hello with 1013, and a scrape with 503", async () => {
  expect(await refusedUpgrade(running.url, headers)).toMatchObject({ status: 503, retryAfter: "1" });
  expect(await (await hello()).closed).toEqual({
    code: 1013,
    reason: "hello.token: it cannot be checked now; come back later",
  });
  const scraped = await fetch(`${running.http}/metrics`, { headers });
  expect(scraped.status).toBe(503);
  expect(scraped.headers.get("retry-after")).toBe("1");
});

it("a token that is wrong whatever the keys are is still refused with 401", async () => {
  const expired = await issuer.token({ iat: 1, exp: 2 });
  const refused = await refusedUpgrade(running.url, { authorization: `Bearer ${expired}` });
  expect(refused).toMatchObject({ status: 401 });
});

it("the same token is accepted when the issuer is back", async () => {
  await writeFile(join(folder, "jwks.json"), issuer.keySet);
  await until(async () => expect((await fetch(`${running.http}/metrics`, { headers })).status).toBe(200));
  const socket = await hello();
  await socket.next(({ type }) => type === "welcome");
  await socket.close();
});
