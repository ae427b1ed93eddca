/** A version that has expired is refused on every face, with the time and what to do, and told where models are told. */
import { describe, expect, it } from "vitest";
import { FakeClock } from "../support/clock.js";
import { testHouse, testSession } from "../support/house.js";
import { mcpFace } from "../support/mcp.js";
import { face, X } from "../support/open-inference.js";
import { model, rowsOf } from "../support/servables.js";

const expiresTs = new FakeClock().wall() + 1_000;
const mortal = { ...model(), expiresTs };
const told = `it expired at ${new Date(expiresTs).toISOString()}: train and publish a new version, or promote another one`;
const message = `model: echo version 1 is not asked any more: ${told}`;

describe("a version that has expired", () => {
  it("is refused over a WebSocket, and the connection goes on", async () => {
    const house = testHouse({}, [mortal]);
    const { send, heard } = testSession(house);
    const infer = (id: number) => ({ type: "infer", id, model: "echo", inputs: { X: rowsOf(1) } }) as const;
    await send({ type: "hello" }, infer(1));
    house.engine.finishAll();
    await house.clock.settle();
    expect(heard()).toMatchObject([{ type: "welcome" }, { type: "result", id: 1 }]);
    house.clock.jump(1_000);
    await send(infer(2), { type: "describe", id: 3, model: "echo" });
    expect(heard()).toMatchObject([
      { type: "error", id: 2, code: "failed_precondition", retryable: false, message },
      { type: "ack", id: 3, models: [{ state: "unavailable", reason: told, expires_ts: expiresTs }] },
    ]);
  });

  it("is refused over HTTP, is not ready, and is told in the metadata and the index", async () => {
    const { infer, routes, clock } = face([mortal]);
    expect((await infer({ inputs: [X] })).status).toBe(200);
    const metadata = async () => (await routes.request("/v2/models/echo")).json();
    expect(await metadata()).toMatchObject({ name: "echo", expires_ts: expiresTs });
    clock.jump(1_000);
    const refused = await infer({ inputs: [X] });
    expect([refused.status, await refused.json()]).toMatchObject([
      409,
      { code: "failed_precondition", error: message },
    ]);
    expect((await routes.request("/v2/models/echo/ready")).status).toBe(503);
    expect((await routes.request("/v2/models/echo/versions/1/ready")).status).toBe(503);
    expect(await metadata()).toMatchObject({ name: "echo", expires_ts: expiresTs });
    const index = await routes.request("/v2/repository/index", { method: "POST" });
    expect(await index.json()).toMatchObject([{ name: "echo", state: "UNAVAILABLE", reason: told }]);
  });

  it("is refused over MCP, and listed as one that cannot be asked", async () => {
    const { call, clock } = mcpFace({}, [mortal]);
    const args = { model: "echo", inputs: { X: [[1, 2]] } };
    expect(await call("infer", args)).toMatchObject({ result: { structuredContent: { model: "echo" } } });
    clock.jump(1_000);
    const refused = await call("infer", args);
    expect(JSON.stringify(refused)).toContain(message);
    const { result } = await call("list_models", { kind: "model" });
    expect(result.structuredContent.models).toMatchObject([{ name: "echo", state: "unavailable" }]);
  });
});
