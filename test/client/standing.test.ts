import { expect, it } from "vitest";
import { Standing } from "../../client/standing.js";
import type { Ack, ClientFrame } from "../../protocol/frames.js";

function standing() {
  const asked: ClientFrame[] = [];
  const answer = (frame: (id: number) => ClientFrame): Promise<Ack> => {
    asked.push(frame(1));
    return Promise.resolve({ type: "ack", id: 1, created: true, observations: 0, last_ts: null });
  };
  const restarted: string[] = [];
  const made = new Standing({
    connected: () => true,
    ack: answer,
    askOnce: answer,
    restarted: (stream) => restarted.push(stream),
    observeFailed: () => {},
  });
  return { standing: made, asked, restarted };
}

it("a topic and the pattern that covers it are not both listened to: frames do not say whose they are", () => {
  const { standing: held } = standing();
  const one = held.subscribe("regime.SPX", {});
  expect(() => held.subscribe("regime.*", {})).toThrow(/listens to regime.SPX already/);
  expect(() => held.subscribe("regime.SPX", {})).toThrow(/failed|already/);
  one.close();
  held.subscribe("regime.*", {});
  expect(() => held.subscribe("regime.NDX", {})).toThrow(/listens to regime.\* already/);
});

it("a pattern without topics has caught up once it is confirmed", async () => {
  const { standing: held } = standing();
  await held.subscribe("regime.*", {}).caughtUp;
});

it("a new connection opens the streams, then subscribes, and tells of streams that start afresh", async () => {
  const { standing: held, asked, restarted } = standing();
  await held.openStream("SPX", { detector: "gaussian_hmm", replace: true });
  held.subscribe("regime.SPX", {});
  asked.length = 0;
  held.restore();
  expect(asked).toMatchObject([
    { type: "open", stream: "SPX" },
    { type: "subscribe", topic: "regime.SPX" },
  ]);
  expect(asked[0]).not.toHaveProperty("replace"); // a reconnection throws nothing away
  await Promise.resolve();
  await Promise.resolve();
  expect(restarted).toEqual(["SPX"]);
});
