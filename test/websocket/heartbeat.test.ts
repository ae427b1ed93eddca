import { describe, expect, it } from "vitest";
import { Heartbeat } from "../../gateway/faces/websocket/heartbeat.js";
import { hello, testHouse, testSession } from "../support/house.js";

const silent = { receivedBytes: 0, bufferedBytes: 0 };

describe("a peer", () => {
  it("that says nothing is pinged, then dead", () => {
    const heart = new Heartbeat(10, 8, 0);
    const beats = [0, 9, 10, 11, 17, 18].map((now) => heart.beat(now, silent));
    expect(beats).toEqual(["quiet", "quiet", "ping", "quiet", "quiet", "dead"]);
  });

  it("that answers anything lives: a pong, or a part of a big message", () => {
    const heart = new Heartbeat(10, 8, 0);
    expect(heart.beat(10, silent)).toBe("ping");
    expect(heart.beat(17, { ...silent, receivedBytes: 1 })).toBe("quiet");
    expect(heart.beat(26, { ...silent, receivedBytes: 1 })).toBe("quiet");
    expect(heart.beat(27, { ...silent, receivedBytes: 1 })).toBe("ping");
    expect(heart.beat(34, { ...silent, receivedBytes: 2 })).toBe("quiet");
  });

  it("that reads lives too: a ping may be stuck behind a big message", () => {
    const heart = new Heartbeat(10, 8, 0);
    const sending = (bufferedBytes: number) => ({ receivedBytes: 0, bufferedBytes });
    expect(heart.beat(5, sending(1_000))).toBe("quiet");
    expect(heart.beat(10, sending(1_000))).toBe("ping");
    expect(heart.beat(18, sending(600))).toBe("quiet");
    expect(heart.beat(28, sending(600))).toBe("ping");
    expect(heart.beat(36, sending(600))).toBe("dead");
  });

  it("is not dead because more was sent to it", () => {
    const heart = new Heartbeat(10, 8, 0);
    expect(heart.beat(10, silent)).toBe("ping");
    expect(heart.beat(18, { receivedBytes: 0, bufferedBytes: 500 })).toBe("dead");
  });
});

it("a session pings a quiet client, and closes with 4481 when nothing comes back", async () => {
  const test = testHouse();
  const { clock } = test;
  const { send, session, transport } = testSession(test);
  await send(hello);
  const tickAfter = (ms: number) => {
    clock.jump(ms);
    session.tick(clock.now(), clock.wall());
  };
  tickAfter(10_000);
  expect(transport.pings).toBe(1);
  transport.receivedBytes += 6; // the pong arrives
  tickAfter(7_000);
  tickAfter(10_000);
  expect(transport.pings).toBe(2);
  tickAfter(7_999);
  expect(transport.closes).toEqual([]);
  tickAfter(1);
  expect(transport.closes).toEqual([{ code: 4481, reason: "no pong" }]);
});

it("a gateway that was stopped for a minute neither ends sockets for their pongs nor for their hello", async () => {
  const test = testHouse();
  const { clock } = test;
  const { session, transport, send } = testSession(test);
  const newcomer = testSession(test);
  await send(hello);
  const tick = () => {
    for (const each of [session, newcomer.session]) each.tick(clock.awake(), clock.wall());
  };
  transport.receivedBytes = 10;
  tick();
  clock.jump(9_999);
  tick();
  clock.sleep(60_000);
  tick(); // timers run before data of the sockets is read
  clock.jump(1);
  tick();
  expect(transport.pings).toBe(1);
  clock.sleep(60_000);
  tick();
  expect(transport.closes).toEqual([]);
  expect(newcomer.transport.closes).toMatchObject([{ code: 4408 }]); // its ten seconds have passed
});
