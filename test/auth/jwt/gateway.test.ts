/** JSON Web Tokens at a running gateway: over a socket, in a header, at /metrics, in the log and in the figures. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../../support/gateway.js";
import { joined, TestIssuer, validClaims } from "../../support/issuer.js";
import { JwksEndpoint } from "../../support/jwks-endpoint.js";
import { BareSocket, refusedUpgrade } from "../../support/socket.js";
import { WrittenLog } from "../../support/written-log.js";

const name = "https://idp.example";
const log = new WrittenLog();
let issuer: TestIssuer;
let endpoint: JwksEndpoint;
let running: TestGateway;

/** Claims of an hour from now, because a running gateway has a real clock. */
const inTime = (seconds = 3_600) => {
  const now = Math.floor(Date.now() / 1_000);
  return { iat: now, exp: now + seconds };
};

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

beforeAll(async () => {
  issuer = await TestIssuer.create(name, "key-1", "RS256");
  endpoint = await JwksEndpoint.open(issuer.keySet);
  const settings = {
    issuer: name,
    audience: "headgate",
    jwks_uri: endpoint.uri,
    unknown_key_cooldown_ms: 1_000,
  };
  running = await startGateway({ auth: { issuers: [settings] } }, { log: log.log });
}, 60_000);

afterAll(async () => {
  await running.stop();
  endpoint.close();
}, 30_000);

it("a token opens a connection in the header and in hello, and its scopes hold", async () => {
  const token = await issuer.token({ ...inTime(), scope: "streams:read" });
  for (const socket of [
    await BareSocket.open(running.url, { headers: bearer(token) }),
    await openWithHello(token),
  ]) {
    await socket.next(({ type }) => type === "welcome");
    socket.send({ type: "describe", id: 1 }, { type: "infer", id: 2, model: "policy-a2c", inputs: {} });
    expect(await socket.answer(1)).toMatchObject({ type: "ack" });
    expect(await socket.answer(2)).toMatchObject({ type: "error", code: "permission_denied" });
    await socket.close();
  }
});

it("every refusal is told in the same words, logged with its reason and counted, and no part of a token is logged", async () => {
  const good = await issuer.token(inTime());
  const stranger = await TestIssuer.create(name, "key-1", "RS256", 1);
  const header = JSON.stringify({ alg: "none", kid: "key-1" });
  const tokens: [string, string][] = [
    ["expired", await issuer.token({ iat: 1, exp: Math.floor(Date.now() / 1_000) - 60 })],
    ["not_yet_valid", await issuer.token({ ...inTime(), nbf: Math.floor(Date.now() / 1_000) + 600 })],
    ["wrong_audience", await issuer.token({ ...inTime(), aud: "billing-service" })],
    ["unknown_issuer", await issuer.token({ ...inTime(), iss: "https://evil.example" })],
    ["unknown_key", await issuer.token(inTime(), { kid: "key-of-nobody" })],
    ["algorithm", joined(header, JSON.stringify({ ...validClaims(name), ...inTime() }))],
    ["signature", await stranger.token(inTime())],
    ["claims", await issuer.token({ ...inTime(), hg: { tenant: "no tenant at all" } })],
    ["malformed", `${good}=`],
  ];
  const before = await figures();
  for (const [reason, token] of tokens) {
    expect(await refusedUpgrade(running.url, bearer(token))).toMatchObject({ status: 401 });
    const socket = await openWithHello(token);
    expect(await socket.closed).toEqual({ code: 4401, reason: "hello.token: missing, unknown or expired" });
    expect(log.lines).toContainEqual(expect.objectContaining({ method: "jwt", reason }));
    const counted = `headgate_authentications_total{method="jwt",outcome="${reason}"}`;
    expect((await figures()).get(counted)).toBe((before.get(counted) ?? 0) + 2);
  }
  for (const [, token] of [...tokens, ["accepted", good]]) {
    for (const part of (token ?? "").split(".").filter(({ length }) => length > 0)) {
      expect(log.text).not.toContain(part);
      expect(log.text).not.toContain(part.slice(0, 24));
    }
  }
  for (const said of ["billing-service", "evil.example", "key-of-nobody", "no tenant at all"])
    expect(log.text).not.toContain(said);
});

it("a refresh takes another token of the same tenant and namespace", async () => {
  const socket = await openWithHello(await issuer.token(inTime()));
  await socket.next(({ type }) => type === "welcome");
  socket.send(
    { type: "refresh", id: 1, token: await issuer.token(inTime(7_200)) },
    { type: "refresh", id: 2, token: await issuer.token({ ...inTime(), hg: { tenant: "beta" } }) },
    { type: "refresh", id: 3, token: await issuer.token({ ...inTime(), aud: "billing" }) },
    { type: "describe", id: 4 },
  );
  expect(await socket.answer(1)).toMatchObject({ type: "ack" });
  expect(await socket.answer(2)).toMatchObject({ type: "error", code: "permission_denied" });
  expect(await socket.answer(3)).toMatchObject({ type: "error", code: "unauthenticated" });
  expect(await socket.answer(4)).toMatchObject({ type: "ack" });
  await socket.close();
});

it("a token with metrics:read may scrape, and another may not", async () => {
  const scrape = async (scope: string) => {
    const headers = bearer(await issuer.token({ ...inTime(), scope }));
    return (await fetch(`${running.http}/metrics`, { headers })).status;
  };
  expect(await scrape("metrics:read")).toBe(200);
  expect(await scrape("models:infer")).toBe(403);
  expect((await fetch(`${running.http}/metrics`)).status).toBe(401);
});

it("the figures tell how old the key set is, and how often it was read", async () => {
  const found = await figures();
  expect(found.get(`headgate_jwks_age_seconds{issuer="${name}"}`)).toBeLessThan(300);
  expect(found.get(`headgate_jwks_fetches_total{issuer="${name}",outcome="updated"}`)).toBe(1);
});

/** The figures of /metrics by name and labels. */
async function figures(): Promise<Map<string, number>> {
  const headers = bearer(await issuer.token({ ...inTime(), scope: "metrics:read" }));
  const text = await (await fetch(`${running.http}/metrics`, { headers })).text();
  return new Map(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

async function openWithHello(token: string): Promise<BareSocket> {
  const socket = await BareSocket.open(running.url, { hello: false });
  socket.send({ type: "hello", token });
  return socket;
}
