/** Nothing that one tenant made or is named is in any sample of another, and both encodings say the same. */
import { describe, expect, it } from "vitest";
import type { Principal } from "../../gateway/auth/principal.js";
import type { ClientFrame, GatewayFrame, SampleFrame } from "../../protocol/frames.js";
import { watchTopics } from "../../protocol/samples.js";
import { toWire } from "../../protocol/tensor.js";
import { hello, type TestHouse, testHouse, testSession } from "../support/house.js";
import { anybody } from "../support/requests.js";
import { rowsOf } from "../support/servables.js";

const scopes = new Set([...anybody.scopes].filter((scope) => scope !== "metrics:read"));

/** Two tenants whose every name contains a word of their own. */
const words = ["aardvark", "zebra"] as const;

function principalOf(word: string): Principal {
  return { ...anybody, tenant: word, namespace: word, subject: `key:${word}-desk`, scopes };
}

/** Every string of a value, and every name of a field. */
function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(strings);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [key, ...strings(each)]);
}

function samples(heard: readonly GatewayFrame[]): SampleFrame[] {
  return heard.filter((frame): frame is SampleFrame => frame.type === "sample");
}

const busy = (word: string): ClientFrame[] => [
  { type: "open", id: 1, stream: `${word}-stream`, detector: "openly" },
  { type: "observe", id: 2, stream: `${word}-stream`, ts: 1, values: tick },
  { type: "subscribe", id: 3, topic: `regime.${word}-stream` },
  { type: "infer", id: 4, model: "echo", inputs: { X: rowsOf(1) } },
  { type: "infer", id: 5, model: "echo", inputs: { X: rowsOf(1) }, key: `${word}-order` },
  { type: "infer", id: 6, model: `${word}-model`, inputs: { X: rowsOf(1) } },
  { type: "state", id: 7, stream: `${word}-absent` },
];

const tick = toWire({ datatype: "FP64", shape: [1], data: Float64Array.of(1) });

async function watchEverything(house: TestHouse, principal: Principal, client: string) {
  const session = testSession(house, principal);
  await session.send(
    { type: "hello", client },
    ...watchTopics.map((topic, i): ClientFrame => ({ type: "watch", id: 100 + i, topic })),
  );
  return session;
}

describe("two tenants that watch every topic", () => {
  it("find each their own names, and none of the other's, in what they are sent", async () => {
    const house = testHouse();
    const watching = await Promise.all(
      words.map((word) => watchEverything(house, principalOf(word), `${word}-agent`)),
    );
    for (const word of words) {
      const session = testSession(house, principalOf(word));
      await session.send({ type: "hello", client: `${word}-bot` }, ...busy(word));
    }
    await house.clock.advance(1_000); // while requests wait and run
    for (let turn = 0; turn < 8; turn++) {
      house.engine.finishAll();
      await house.clock.advance(250);
    }
    for (const [i, word] of words.entries()) {
      const heard = watching[i]?.heard() ?? [];
      const other = words[1 - i] as string;
      const found = samples(heard);
      const granted = watchTopics.filter((topic) => topic !== "gateway.workers");
      expect(new Set(found.map(({ topic }) => topic))).toEqual(new Set(granted));
      expect(heard).toContainEqual(expect.objectContaining({ type: "error", code: "permission_denied" }));
      const said = strings(heard);
      expect(said.filter((text) => text.includes(other))).toEqual([]);
      const own = said.filter((text) => text.includes(word));
      expect(own).toEqual(
        expect.arrayContaining([word, `${word}-bot`, `key:${word}-desk`, `${word}-stream`]),
      );
    }
  });

  it("are seen with all their names by who may read the metrics, but for streams of other namespaces", async () => {
    const house = testHouse();
    const all = await watchEverything(house, { ...anybody, tenant: "ops", namespace: "ops" }, "ops-page");
    for (const word of words)
      await testSession(house, principalOf(word)).send(
        { type: "hello", client: `${word}-bot` },
        ...busy(word),
      );
    house.engine.finishAll();
    await house.clock.advance(1_000);
    const heard = samples(all.heard());
    for (const word of words) {
      expect(strings(heard)).toEqual(expect.arrayContaining([word, `${word}-bot`]));
      expect(strings(heard)).not.toContain(`${word}-stream`);
    }
  });
});

describe("watch over headgate.v1.json", () => {
  it("has the samples of the binary form, field by field, at one collection", async () => {
    const house = testHouse();
    const frames: ClientFrame[] = watchTopics.map((topic, i) => ({ type: "watch", id: i + 1, topic }));
    const sessions = ["headgate.v1.json", "headgate.v1.msgpack"].map((subprotocol) =>
      testSession(house, { ...anybody, tenant: "ops" }, subprotocol),
    );
    for (const session of sessions) await session.send(hello, ...frames);
    await house.clock.advance(999);
    for (const session of sessions) session.heard();
    await house.clock.advance(1_001);
    const [json = [], binary = []] = sessions.map((session) => samples(session.heard()));
    expect(json.length).toBeGreaterThanOrEqual(watchTopics.length);
    expect(json).toEqual(binary);
  });
});
