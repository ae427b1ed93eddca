import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Link } from "../../client/typescript/link.js";
import type { SocketEvents } from "../../client/typescript/socket.js";
import { closeCodes, type HeadgateError } from "../../protocol/errors.js";
import { codec, messageOfGateway } from "../support/transport.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A link to a gateway in the test's hand; it tells the pauses, as parts of the first one's bound. */
function harness() {
  let socket: SocketEvents | undefined;
  let caughtUp = true;
  const attempts: number[] = [];
  const pauses: number[] = [];
  const failures: HeadgateError[] = [];
  const link = new Link(
    {
      urls: ["ws://one"],
      token: undefined,
      tls: undefined,
      isTokenMade: () => false,
      client: undefined,
      encoding: "msgpack",
      maxMessageBytes: 1_000_000,
      backoff: { firstMs: 10, mostMs: 1_000 },
      attemptTimeoutMs: 1_000,
      platform: {
        open: (_, events) => {
          socket = events;
          return { send: () => {}, close: () => {}, terminate: () => {} };
        },
        setting: () => undefined,
        seesPings: false,
        sendsHeaders: true,
        takesCertificates: false,
      },
    },
    {
      up: () => {},
      frame: () => {},
      down: () => {},
      caughtUp: () => caughtUp,
      waiting: (inMs, attempt) => {
        pauses.push(inMs);
        attempts.push(attempt);
      },
      failed: (error) => failures.push(error),
    },
  );
  /** One connection: welcomed, or not, that lasts so long. */
  const connection = async (code: number, { welcomed = true, caught = true, lastsMs = 0 } = {}) => {
    await vi.advanceTimersByTimeAsync(20_000);
    caughtUp = caught;
    socket?.opened("headgate.v1.msgpack");
    if (welcomed) socket?.message(welcome);
    await vi.advanceTimersByTimeAsync(lastsMs);
    socket?.closed({ code, reason: "" });
  };
  /** An upgrade that is refused with an HTTP status. */
  const refusedUpgrade = async (status: number, retryAfterMs: number) => {
    await vi.advanceTimersByTimeAsync(20_000);
    socket?.closed({ code: 1006, reason: "", status, retryAfterMs });
  };
  link.start();
  return { attempts, pauses, failures, connection, refusedUpgrade, link };
}

const welcome = messageOfGateway(codec(), [
  {
    type: "welcome",
    connection: "c",
    epoch: "e",
    server: "s",
    features: [],
    ping_ms: 1,
    pong_ms: 1,
    credits: 1,
    limits: {},
  },
]);

it("comes back soon after a connection that was of use", async () => {
  const { attempts, connection } = harness();
  await connection(1006, { welcomed: false });
  await connection(1006, { welcomed: false });
  await connection(1012);
  await connection(1012);
  expect(attempts).toEqual([0, 1, 0, 0]);
});

it("stays away longer each time that it is closed as too slow, or before it caught up, whatever welcome said", async () => {
  const { attempts, connection } = harness();
  await connection(4480);
  await connection(4480);
  await connection(1012, { caught: false });
  await connection(1006, { caught: false });
  await connection(1012);
  expect(attempts).toEqual([0, 1, 2, 3, 0]);
});

it("comes back with growing pauses when its tenant has too many connections, and not before Retry-After", async () => {
  const { attempts, pauses, failures, connection, refusedUpgrade } = harness();
  await connection(closeCodes.quota, { welcomed: false });
  await connection(closeCodes.quota, { welcomed: false });
  await refusedUpgrade(429, 5_000);
  await connection(1006);
  expect(attempts).toEqual([0, 1, 2, 0]);
  expect(pauses[2]).toBeGreaterThanOrEqual(5_000);
  expect(pauses[1]).toBeLessThan(5_000);
  expect(failures).toEqual([]);
});

it("takes one that lasted and was closed as too slow in the end for a new trouble", async () => {
  const { attempts, connection } = harness();
  await connection(4480);
  await connection(4480, { lastsMs: 1_001 });
  await connection(4480);
  expect(attempts).toEqual([0, 0, 1]);
});
