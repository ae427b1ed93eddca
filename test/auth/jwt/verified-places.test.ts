/** While a client's token is verified, clients that ask for nothing do not take its place. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { startGateway } from "../../support/gateway.js";
import { TestIssuer } from "../../support/issuer.js";
import { JwksEndpoint } from "../../support/jwks-endpoint.js";
import { offered, RawPeer, rawFrame, upgradeRequest } from "../../support/raw-peer.js";
import { until } from "../../support/until.js";

const name = "https://idp.example";

/** A gateway that asks its issuer for the token's key, and an issuer that does not answer yet. */
async function verifying(limits: Record<string, number>) {
  const old = await TestIssuer.create(name, "key-1", "ES256", 0);
  const rotated = await TestIssuer.create(name, "key-2", "ES256", 1);
  const endpoint = await JwksEndpoint.open(old.keySet);
  onTestFinished(() => endpoint.close());
  const models = await mkdtemp(join(tmpdir(), "headgate-no-models-"));
  onTestFinished(() => rm(models, { recursive: true }));
  const auth = { issuers: [{ issuer: name, audience: "headgate", jwks_uri: endpoint.uri }] };
  const gateway = await startGateway({ models, auth, limits });
  onTestFinished(() => gateway.stop());
  endpoint.keySet = rotated.keySet;
  endpoint.holding = true;
  const now = Math.floor(Date.now() / 1_000);
  const token = await rotated.token({ iat: now, exp: now + 3_600, sub: "agent-1" });
  const open = async (bytes: string | Uint8Array = "") => {
    const peer = await RawPeer.open(gateway.port, bytes);
    onTestFinished(() => peer.destroy());
    return peer;
  };
  const asked = () => until(async () => expect(endpoint.asked).toBe(2));
  return { endpoint, token, open, asked };
}

it("of a connection that asks to become a WebSocket", async () => {
  const { endpoint, token, open, asked } = await verifying({ http_connections: 2 });
  const client = await open(upgradeRequest([offered, `Authorization: Bearer ${token}`]));
  await asked();
  const silent = await open();
  await sleep(1_100); // a newcomer displaces the longest idle after a second
  await open();
  await Promise.race([silent.end, client.end]);
  endpoint.release();
  expect(await client.status()).toBe(101);
});

it("of a WebSocket whose hello was sent", async () => {
  const { endpoint, token, open, asked } = await verifying({ unauthenticated_connections: 2 });
  const json = "Sec-WebSocket-Protocol: headgate.v1.json";
  const client = await open(upgradeRequest([json]));
  expect(await client.status()).toBe(101);
  client.write(rawFrame(Buffer.from(JSON.stringify({ type: "hello", token })), { opcode: 1 }));
  await asked();
  const silent = await open(upgradeRequest([json]));
  expect(await silent.status()).toBe(101);
  await sleep(1_100);
  const newcomer = await open(upgradeRequest([json]));
  expect(await newcomer.status()).toBe(101);
  expect(await Promise.race([silent.closeCode(), client.closeCode()])).toBe(1013);
  endpoint.release();
  await client.until(() => client.text.includes("welcome") || undefined);
});
