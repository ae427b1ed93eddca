/**
 * Settings for sockets: their number, the memory of each, the times until a silent peer is disconnected, and
 * draining.
 */
import { z } from "zod";
import { limits as defaults } from "../../protocol/limits.js";
import { address, bytes, count, milliseconds, network } from "./values.js";

export const limits = z
  .strictObject({
    connections: count(20_000).describe("WebSockets whose token was accepted."),
    unauthenticated_connections: count(1_024).describe(
      "WebSockets without an accepted token. Each has `heartbeat.hello_ms` to bring one.",
    ),
    unauthenticated_connections_per_address: z
      .int()
      .min(1)
      .max(1_000_000)
      .nullable()
      .default(256)
      .describe(
        "WebSockets without an accepted token from one address, and of IPv6 from one network of 64 bits. With null there is no such bound. Behind a proxy, `limits.trusted_proxies` tells the clients apart.",
      ),
    trusted_proxies: z
      .array(z.union([address, network]))
      .default([])
      .describe(
        "Addresses and networks, such as 10.0.0.0/8, of the proxies before the gateway. What they add to X-Forwarded-For is taken for the client's address; of all others the header is ignored.",
      ),
    http_connections: count(2_048).describe(
      "TCP connections that are no WebSocket. When all are taken, a new one replaces the longest idle, or else the one that has waited longest for its own client to send or to read; one whose request is being answered is not replaced. At most half of them are kept for answers that go on, such as event streams, and of that half one tenant holds at most three times what it leaves free.",
    ),
    http_body_bytes: bytes(1_048_576, 268_435_456).describe(
      "Bytes of all HTTP bodies together that are being received, decompressed or answered. One body may have as many as `message_bytes`. The bodies of one tenant hold at most three times what they leave free.",
    ),
    message_bytes: z
      .int()
      .min(1_024)
      .max(1_073_741_824)
      .default(defaults.message_bytes_max)
      .describe("Bytes of one WebSocket message, and of one HTTP body, decompressed, or answer."),
    requests_in_flight: count(defaults.requests_in_flight_max).describe(
      "Requests that one socket may have in flight: its credits.",
    ),
    bytes_in_flight: bytes(1_024, defaults.bytes_in_flight_max).describe(
      "Bytes of the requests that one socket may have in flight.",
    ),
    subscriptions: count(defaults.subscriptions_max).describe("Subscriptions of one socket."),
    outbox_bytes: bytes(1_024, defaults.outbox_bytes_max).describe(
      "Bytes that may wait to be sent on one socket. A client that reads more slowly is closed as a slow consumer.",
    ),
  })
  .prefault({});

export const heartbeat = z
  .strictObject({
    hello_ms: milliseconds(defaults.hello_timeout_ms).describe(
      "Milliseconds in which a new socket must send its `hello`.",
    ),
    ping_ms: milliseconds(defaults.ping_ms).describe("Milliseconds between two pings to a client."),
    pong_ms: milliseconds(defaults.pong_ms).describe("Milliseconds in which a client must answer a ping."),
  })
  .prefault({});

export const drain = z
  .strictObject({
    deadline_ms: milliseconds(defaults.drain_ms).describe(
      "Milliseconds that a stop waits for the requests that are in flight.",
    ),
    retry_min_ms: milliseconds(500).describe(
      "The beginning of the window in which drained clients are asked to come back, in milliseconds.",
    ),
    retry_max_ms: milliseconds(5_000).describe(
      "The end of the window in which drained clients are asked to come back, so that they do not all come at once, in milliseconds.",
    ),
  })
  .prefault({})
  .refine(
    ({ retry_min_ms: least, retry_max_ms: most }) => least <= most,
    "retry_min_ms must not be above retry_max_ms",
  );
