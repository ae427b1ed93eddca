/** A client whose tokens come from a function renews them before they expire, by the gateway's clock. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Gate } from "../../client/typescript/gate.js";
import type { ConnectOptions, GateEvent } from "../../client/typescript/index.js";
import type { GatewayFrame } from "../../protocol/frames.js";
import { ScriptedPlatform } from "../support/scripted-platform.js";

const minute = 60_000;
const day = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const passed = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** A client whose function gives `token 1`, `token 2` and so on, unless the test says otherwise. */
async function made(options: ConnectOptions = {}) {
  const platform = new ScriptedPlatform();
  const events: GateEvent[] = [];
  let count = 0;
  const gate = new Gate(
    ["ws://gateway/v1"],
    {
      wait: false,
      backoff: { firstMs: 10, mostMs: 10 },
      onEvent: (event) => events.push(event),
      token: () => `token ${++count}`,
      ...options,
    },
    platform,
  );
  await passed(0);
  const refreshes = () => platform.sent.flatMap((frame) => (frame.type === "refresh" ? [frame.token] : []));
  const answer = async (fields: object) => {
    const { id } = platform.last("refresh");
    platform.send({ type: "ack", id, ...fields } as GatewayFrame);
    await passed(0);
  };
  return { platform, events, gate, refreshes, answer };
}

it("renews when a fifth of the time is left, and again by what the answer says", async () => {
  const { platform, refreshes, answer } = await made();
  platform.greet({ expires_in_ms: 100_000 });
  await passed(79_999);
  expect(refreshes()).toEqual([]);
  await passed(1);
  expect(refreshes()).toEqual(["token 2"]);
  await answer({ expires_in_ms: 200_000 });
  await passed(159_999);
  expect(refreshes()).toHaveLength(1);
  await passed(1);
  expect(refreshes()).toEqual(["token 2", "token 3"]);
});

it("renews a long token a minute before its end, also one that outlasts the longest timer", async () => {
  const { platform, refreshes } = await made();
  platform.greet({ expires_in_ms: 60 * day });
  await passed(60 * day - minute - 1);
  expect(refreshes()).toEqual([]);
  await passed(1);
  expect(refreshes()).toHaveLength(1);
});

it("renews nothing that does not expire, and no token that was given as a string", async () => {
  const endless = await made();
  endless.platform.greet();
  const fixed = await made({ token: "fixed" });
  fixed.platform.greet({ expires_in_ms: 1_000 });
  await passed(day);
  expect([...endless.refreshes(), ...fixed.refreshes()]).toEqual([]);
});

it("tries again when the function fails or the gateway refuses, and says so", async () => {
  let isBroken = true;
  let asked = 0;
  const { platform, events, refreshes } = await made({
    token: async () => {
      if (asked++ > 0 && isBroken) throw new Error("the vault is closed");
      return "good";
    },
  });
  platform.greet({ expires_in_ms: 100_000 });
  await passed(80_000);
  expect(events.at(-1)).toMatchObject({
    kind: "token_not_renewed",
    error: { message: expect.stringContaining("the vault is closed") },
  });
  await passed(2_000); // a tenth of the twenty seconds that are left
  expect(events.filter(({ kind }) => kind === "token_not_renewed")).toHaveLength(2);
  isBroken = false;
  await passed(2_000);
  expect(refreshes()).toEqual(["good"]);
  const { id } = platform.last("refresh");
  const refusal = { code: "unauthenticated", message: "no", retryable: false, processed: "no" } as const;
  platform.send({ type: "error", id, ...refusal });
  await passed(0);
  expect(events.at(-1)).toMatchObject({ kind: "token_not_renewed", error: { code: "unauthenticated" } });
  await passed(2_000);
  expect(refreshes()).toHaveLength(2);
});

it("asks about once a second while the function gives the token that the gateway has", async () => {
  const { platform, refreshes, answer } = await made({ token: () => "same" });
  platform.greet({ expires_in_ms: 5_000 });
  await passed(4_000);
  for (let left = 1_000; left >= 0; left -= 1_000) {
    await answer({ expires_in_ms: left });
    await passed(1_000);
  }
  expect(refreshes()).toHaveLength(3);
});

it("connects again with a fresh token after 4440, and renews no connection that is gone", async () => {
  const { platform, refreshes } = await made();
  platform.greet({ expires_in_ms: 10_000 });
  platform.lose("the token expired", 4440);
  await passed(0);
  expect(platform.tokens).toEqual(["token 1", "token 2"]);
  await passed(minute);
  expect(refreshes()).toEqual([]);
});

it("with a function goes on after a refused token, because the next one may be good", async () => {
  const { platform, gate } = await made();
  platform.greet();
  for (const [code, status] of [[4401], [1006, 401]] as const) {
    platform.lose("no", code, status);
    await passed(10);
  }
  expect(platform.tokens).toHaveLength(3);
  platform.greet();
  expect(gate.connected).toBe(true);
});

it("gives up at the first refusal where no connection came before it, and always with a string", async () => {
  const first = await made();
  first.platform.lose("no", 1006, 401);
  const fixed = await made({ token: "fixed" });
  fixed.platform.greet();
  fixed.platform.lose("the token expired", 4440);
  await passed(10);
  fixed.platform.lose("no", 1006, 401);
  for (const { events } of [first, fixed])
    expect(events.at(-1)).toMatchObject({ kind: "failed", error: { code: "unauthenticated" } });
});

it("does not wait for ever for a function that gives nothing", async () => {
  const { platform, events } = await made({ token: () => new Promise(() => {}), attemptTimeoutMs: 500 });
  await passed(500);
  expect(events.at(-2)).toMatchObject({
    kind: "disconnected",
    reason: expect.stringContaining("gave none within 500 ms"),
  });
  expect(platform.tokens).toEqual([]);
});
