/** What becomes of a connection whose token expires, is renewed, is revoked or grants something else. */
import { createHash } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { type KeyRecord, keysFileText } from "../../gateway/auth/key-records.js";
import type { ClientFrame } from "../../protocol/frames.js";
import { type TestHouse, testHouse, testSession } from "../support/house.js";
import { keysFileOf, newKey } from "../support/keys.js";
import { rowsOf } from "../support/servables.js";
import { until } from "../support/until.js";

const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");
const start = 1_700_000_000_000; // the fake clock's wall time at the start
const at = (ms: number) => new Date(start + ms).toISOString();
const graceMs = 5_000;

const keyed = {
  auth: {
    expiry_grace_ms: graceMs,
    keys: [
      { sha256: sha256("good"), tenant: "desk" },
      { sha256: sha256("brief"), tenant: "desk", expires_at: at(1_000) },
      { sha256: sha256("longer"), tenant: "desk", expires_at: at(90_000) },
      { sha256: sha256("elsewhere"), tenant: "desk", namespace: "other" },
      { sha256: sha256("another"), tenant: "other" },
      { sha256: sha256("no streams"), tenant: "desk", scopes: ["models:infer"] },
      { sha256: sha256("one stream"), tenant: "desk", topics: ["regime.SPX"] },
    ],
  },
};

const describeAll = (id: number): ClientFrame => ({ type: "describe", id });
const refresh = (id: number, token: string): ClientFrame => ({ type: "refresh", id, token });

async function connected(token: string, settings: Record<string, unknown> = keyed) {
  const test = testHouse(settings);
  return { ...test, ...(await welcomed(test, token)) };
}

async function welcomed(test: TestHouse, token: string) {
  const session = testSession(test, null);
  await session.send({ type: "hello", token });
  const [welcome] = session.heard();
  const tick = () => session.session.tick(test.clock.now(), test.clock.wall());
  return { ...session, welcome, tick };
}

describe("the time that a token has left", () => {
  it("is told in welcome and in the answer to refresh, and absent where it does not expire", async () => {
    const { welcome, clock, send, heard } = await connected("brief");
    expect(welcome).toMatchObject({ type: "welcome", expires_in_ms: 1_000 });
    clock.jump(400);
    await send(refresh(1, "longer"), refresh(2, "brief"), refresh(3, "good"));
    expect(heard()).toEqual([
      { type: "ack", id: 1, expires_in_ms: 89_600 },
      { type: "ack", id: 2, expires_in_ms: 600 },
      { type: "ack", id: 3 },
    ]);
    expect((await connected("good")).welcome).not.toHaveProperty("expires_in_ms");
  });
});

describe("an expired token", () => {
  it("carries its connection through the grace, then the gateway closes with 4440", async () => {
    const { clock, tick, send, heard, transport } = await connected("brief");
    clock.jump(1_000 + graceMs - 1);
    tick();
    expect(transport.closes).toEqual([]);
    await send(describeAll(1));
    expect(heard()).toMatchObject([{ type: "ack", id: 1 }]);
    clock.jump(1);
    tick();
    expect(transport.closes).toEqual([{ code: 4440, reason: "the token expired; connect with a fresh one" }]);
  });

  it("is replaced by a refresh within the grace", async () => {
    const { clock, tick, send, heard, transport } = await connected("brief");
    clock.jump(1_000 + graceMs - 1);
    await send(refresh(1, "good"));
    expect(heard()).toEqual([{ type: "ack", id: 1 }]);
    clock.jump(3_600_000);
    tick();
    expect(transport.closes).not.toContainEqual(expect.objectContaining({ code: 4440 }));
  });

  it("opens no connection, within the grace either, and renews none", async () => {
    const house = testHouse(keyed);
    house.clock.jump(1_000);
    const { transport } = await welcomed(house, "brief");
    expect(transport.closes).toMatchObject([{ code: 4401 }]);
    const { clock, send, heard } = await connected("brief");
    clock.jump(1_000);
    await send(refresh(1, "brief"));
    expect(heard()).toMatchObject([{ type: "error", id: 1, code: "unauthenticated" }]);
  });

  it("without a grace ends its connection at once", async () => {
    const { clock, tick, transport } = await connected("brief", {
      auth: { ...keyed.auth, expiry_grace_ms: 0 },
    });
    clock.jump(999);
    tick();
    expect(transport.closes).toEqual([]);
    clock.jump(1);
    tick();
    expect(transport.closes).toMatchObject([{ code: 4440 }]);
  });
});

describe("a refresh", () => {
  it.each([
    ["bad", "unauthenticated", /^token: /],
    ["elsewhere", "permission_denied", /^token: it belongs to another tenant or namespace/],
    ["another", "permission_denied", /^token: it belongs to another tenant or namespace/],
  ])("with %s is %s, and the old token holds on", async (token, code, message) => {
    const { clock, tick, send, heard, transport } = await connected("brief");
    await send(refresh(1, token));
    expect(heard()).toMatchObject([
      {
        type: "error",
        id: 1,
        code,
        message: expect.stringMatching(message),
        retryable: false,
        processed: "no",
      },
    ]);
    await send(describeAll(2));
    expect(heard()).toMatchObject([{ type: "ack", id: 2 }]);
    clock.jump(1_000 + graceMs);
    tick();
    expect(transport.closes).toMatchObject([{ code: 4440 }]);
  });

  it("changes what may be asked from the next request on", async () => {
    const { send, heard, engine, clock } = await connected("good");
    await send(refresh(1, "no streams"), { type: "state", id: 2, stream: "SPX" });
    await send({ type: "infer", id: 3, model: "echo", inputs: { X: rowsOf(1) } });
    engine.finishAll();
    await clock.settle();
    expect(heard()).toMatchObject([
      { type: "ack", id: 1 },
      { type: "error", id: 2, code: "permission_denied", message: expect.stringContaining("streams:read") },
      { type: "result", id: 3 },
    ]);
  });

  it.each([
    ["no streams", /streams:read/],
    ["one stream", /regime\.VIX/],
  ])(
    "with %s is refused while it would end a subscription, and taken after unsubscribe",
    async (token, why) => {
      const { send, heard } = await connected("good");
      await send({ type: "subscribe", id: 1, topic: "regime.VIX" });
      heard();
      await send(refresh(2, token));
      expect(heard()).toMatchObject([
        { type: "error", id: 2, code: "permission_denied", message: expect.stringMatching(why) },
      ]);
      await send({ type: "unsubscribe", id: 3, topic: "regime.VIX" }, refresh(4, token));
      expect(heard()).toEqual([
        { type: "ack", id: 3, topic: "regime.VIX" },
        { type: "ack", id: 4 },
      ]);
    },
  );
});

describe("a token with less than the watches of the connection need", () => {
  it("is refused while it would end a watch, which goes on, and taken after unwatch", async () => {
    const { send, heard, clock, transport } = await connected("good");
    await send({ type: "watch", id: 1, topic: "gateway.workers" });
    heard();
    await send(refresh(2, "no streams"));
    expect(heard()).toMatchObject([
      { type: "error", id: 2, code: "permission_denied", message: expect.stringContaining("metrics:read") },
    ]);
    await clock.advance(1_000);
    expect(heard()).toMatchObject([{ type: "sample", topic: "gateway.workers" }]);
    await send({ type: "unwatch", id: 3, topic: "gateway.workers" }, refresh(4, "no streams"));
    expect(heard()).toEqual([
      { type: "ack", id: 3, topic: "gateway.workers" },
      { type: "ack", id: 4 },
    ]);
    await send({ type: "watch", id: 5, topic: "gateway.workers" });
    expect(heard()).toMatchObject([{ type: "error", id: 5, code: "permission_denied" }]);
    expect(transport.closes).toEqual([]);
  });
});

describe("a key of the keys file", () => {
  const { record, token } = newKey();

  async function filed() {
    const path = keysFileOf([record]);
    const test = testHouse({ auth: { keys_file: path } });
    await test.house.authenticators.start();
    onTestFinished(() => test.house.authenticators.close());
    const { authenticators } = test.house;
    /** The file is changed, and the gateway has seen it. */
    const change = async (...records: KeyRecord[]) => {
      const { generation } = authenticators;
      writeFileSync(`${path}.new`, keysFileText(records));
      renameSync(`${path}.new`, path);
      await until(async () => {
        await test.clock.advance(1_000);
        expect(authenticators.generation).toBeGreaterThan(generation);
      });
    };
    return { ...test, ...(await welcomed(test, token)), change };
  }

  it.each<[string, KeyRecord[]]>([
    ["revoked", [{ ...record, revoked_at: "2026-11-28T00:00:00Z" }]],
    ["removed", []],
    ["given to another tenant", [{ ...record, tenant: "other" }]],
  ])("that is %s ends its connections with 4440, and is not accepted again", async (_, records) => {
    const test = await filed();
    test.tick();
    expect(test.transport.closes).toEqual([]);
    await test.change(...records);
    test.tick();
    expect(test.transport.closes).toEqual([
      { code: 4440, reason: "the key was revoked; connect with another token" },
    ]);
    if (records[0]?.tenant === "other") return;
    expect((await welcomed(test, token)).transport.closes).toMatchObject([{ code: 4401 }]);
  });

  it("whose scopes change has them from the next request of its connections on", async () => {
    const { change, tick, send, heard, transport } = await filed();
    await change({ ...record, scopes: ["models:infer"] });
    tick();
    await send({ type: "state", id: 1, stream: "SPX" });
    expect(heard()).toMatchObject([{ type: "error", id: 1, code: "permission_denied" }]);
    expect(transport.closes).toEqual([]);
  });

  it("that no longer covers a subscription ends its connection, because the client must hear of it", async () => {
    const { change, tick, send, transport } = await filed();
    await send({ type: "subscribe", id: 1, topic: "regime.VIX" });
    await change({ ...record, topics: ["regime.VIX"] });
    tick();
    expect(transport.closes).toEqual([]);
    await change({ ...record, topics: ["regime.SPX"] });
    tick();
    expect(transport.closes).toMatchObject([{ code: 4440, reason: expect.stringContaining("subscribed") }]);
  });

  it("that no longer covers a watch ends its connection, and shows no sample with fewer rights before", async () => {
    const { change, clock, tick, send, heard, transport } = await filed();
    await change({ ...record, scopes: ["metrics:read"] });
    tick();
    await send({ type: "watch", id: 1, topic: "gateway.workers" });
    await clock.advance(1_000);
    expect(heard().map(({ type }) => type)).toEqual(["ack", "sample", "sample"]);
    await change({ ...record, scopes: ["models:infer"] });
    heard();
    tick();
    expect(transport.closes).toMatchObject([{ code: 4440, reason: expect.stringContaining("watched") }]);
    await clock.advance(3_000);
    expect(heard()).toEqual([]);
  });

  it("that is given an expiry ends its connections then", async () => {
    const { change, clock, tick, transport } = await filed();
    const end = clock.wall() + 60_000;
    await change({ ...record, expires_at: new Date(end).toISOString() });
    tick();
    clock.jump(end + 30_000 - 1 - clock.wall()); // the default grace is half a minute
    tick();
    expect(transport.closes).toEqual([]);
    clock.jump(1);
    tick();
    expect(transport.closes).toMatchObject([{ code: 4440 }]);
  });

  it("is accepted beside the keys of the configuration, and nobody is where the file holds none", async () => {
    const both = testHouse({ auth: { ...keyed.auth, keys_file: keysFileOf([record]) } });
    const empty = testHouse({ auth: { keys_file: keysFileOf([]) } });
    for (const { house } of [both, empty]) {
      await house.authenticators.start();
      onTestFinished(() => house.authenticators.close());
    }
    for (const good of ["good", token]) expect((await welcomed(both, good)).welcome).toBeDefined();
    for (const [test, unknown] of [
      [both, newKey().token],
      [empty, token],
    ] as const)
      expect((await welcomed(test, unknown)).transport.closes).toMatchObject([{ code: 4401 }]);
    const silent = testSession(empty, null);
    await silent.send({ type: "hello" });
    expect(silent.transport.closes).toMatchObject([{ code: 4401 }]);
  });

  it("stays in force with its connections while the file is broken", async () => {
    const test = await filed();
    const path = test.house.config.auth.keys_file ?? "";
    writeFileSync(path, "{");
    for (let second = 0; second < 3; second++) await test.clock.advance(1_000);
    test.tick();
    expect(test.transport.closes).toEqual([]);
    expect((await welcomed(test, token)).welcome).toMatchObject({ type: "welcome" });
  });
});
