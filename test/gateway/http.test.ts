import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, tensor } from "../../client/index.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { BareSocket, refusedUpgrade } from "../support/socket.js";

const sha256 = createHash("sha256").update("good").digest("hex");
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({
    auth: { keys: [{ sha256, tenant: "desk" }], allowed_origins: ["https://desk.example"] },
    limits: { connections: 2 },
  });
});
afterAll(() => gateway.stop());

describe("over HTTP", () => {
  it("health is told", async () => {
    const live = await fetch(`${gateway.http}/v2/health/live`);
    expect([live.status, await live.json()]).toEqual([200, { live: true }]);
    const ready = await fetch(`${gateway.http}/v2/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true }]);
  });

  it("there is nothing else", async () => {
    const answer = await fetch(`${gateway.http}/v1/models`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: expect.stringContaining("/metrics") });
  });

  it("metrics count what was asked, computed and refused", async () => {
    const gate = await connect(gateway.url, { token: "good" });
    const X = tensor(new Float32Array(32), [2, 16]);
    await gate.infer("market-impact", { X });
    await gate.infer("market-impact", { X });
    await expect(gate.infer("market-impact", { X }, { priority: 99 })).rejects.toThrow();
    const scrape = async () => (await fetch(`${gateway.http}/metrics`)).text();
    const text = await scrape();
    const labels = '{model="market-impact",version="1"}';
    expect(text).toContain(`headgate_inference_request_success${labels} 2`);
    expect(text).toContain(`headgate_inference_count${labels} 4`);
    expect(text).toContain(`headgate_inference_exec_count${labels} 2`);
    expect(text).toContain(`headgate_inference_pending_request_count${labels} 0`);
    for (const family of ["request", "queue", "compute"]) {
      const name = `headgate_inference_${family}_duration_seconds`;
      expect(text).toContain(`# TYPE ${name} histogram\n`);
      expect(text).toContain(`${name}_bucket{model="market-impact",version="1",le="+Inf"} 2\n`);
      expect(text).toContain(`${name}_count${labels} 2\n`);
    }
    expect(text).toContain("headgate_connections 1");
    expect(text).toContain("headgate_ready 1");
    await gate.close();
    expect(await scrape()).toContain(`headgate_inference_request_success${labels} 2`);
  });
});

describe("an upgrade", () => {
  it("is refused with the status that says why", async () => {
    const authorization = "Bearer bad";
    expect(await refusedUpgrade(gateway.url, { authorization })).toMatchObject({ status: 401 });
    expect(await refusedUpgrade(gateway.url, { origin: "https://evil.example" })).toMatchObject({
      status: 403,
    });
    expect(await refusedUpgrade(`${gateway.url}/x`)).toMatchObject({ status: 404 });
  });

  it("is refused with 503 and Retry-After when the gateway is full", async () => {
    const headers = { authorization: "Bearer good", origin: "https://desk.example" };
    const sockets = [
      await BareSocket.open(gateway.url, { headers }),
      await BareSocket.open(gateway.url, { headers }),
    ];
    expect(await refusedUpgrade(gateway.url, headers)).toEqual({ status: 503, retryAfter: "1" });
    for (const socket of sockets) await socket.close();
    const again = await BareSocket.open(gateway.url, { headers });
    await again.next(({ type }) => type === "welcome");
    await again.close();
  });
});
