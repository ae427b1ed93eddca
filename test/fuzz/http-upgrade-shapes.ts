/** Upgrades to a WebSocket with something wrong, and requests that look like upgrades. */
import { tokens } from "./credentials.js";
import type { HttpShape, ShapeOf } from "./http-shape.js";

const parts = {
  upgrade: "Upgrade: websocket",
  connection: "Connection: Upgrade",
  version: "Sec-WebSocket-Version: 13",
  key: "Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==",
  protocol: "Sec-WebSocket-Protocol: headgate.v1.msgpack",
};

/** An upgrade in which some lines are others, or are left out (undefined), and some are added. */
function upgrade(
  others: Partial<Record<keyof typeof parts, string | undefined>>,
  added: readonly string[] = [],
  first = "GET /v1 HTTP/1.1",
): HttpShape {
  const lines = Object.values({ ...parts, ...others }).filter((line) => line !== undefined);
  const text = [first, "Host: 127.0.0.1", ...lines, ...added].join("\r\n");
  return { bytes: Buffer.from(`${text}\r\n\r\n`, "latin1"), requests: 1, least: 0, most: 1 };
}

const attacker = `Authorization: Bearer ${tokens.attacker}`;

export const upgradeShapes: Readonly<Record<string, ShapeOf>> = {
  withoutPart({ random }) {
    return upgrade({ [random.pick(Object.keys(parts))]: undefined });
  },
  oddUpgrade: ({ random }) =>
    upgrade({
      upgrade: `Upgrade: ${random.pick(["h2c", "WebSocket", "websocket, h2c", "", "tls/1.0", "web socket"])}`,
    }),
  oddConnection: ({ random }) =>
    upgrade({
      connection: `Connection: ${random.pick(["close", "keep-alive, Upgrade", "upgrade,close", "Upgrade; x", ""])}`,
    }),
  oddVersion: ({ random }) =>
    upgrade({
      version: `Sec-WebSocket-Version: ${random.pick(["0", "8", "12", "14", "99", "x", "13, 13", "-1", "1e1"])}`,
    }),
  oddKey: ({ random }) =>
    upgrade({
      key: `Sec-WebSocket-Key: ${random.pick(["", "short", "a".repeat(24), `${"A".repeat(21)}===`, "a".repeat(9_000)])}`,
    }),
  oddProtocol({ random }) {
    const many = Array.from({ length: 1_000 }, (_, i) => `p${i}`).join(", ");
    const twice = "headgate.v1.json, headgate.v1.json";
    return upgrade({
      protocol: `Sec-WebSocket-Protocol: ${random.pick([many, twice, ",", "", "a b", "é", "headgate.v1.msgpack,", "__proto__"])}`,
    });
  },
  extensions: ({ random }) =>
    upgrade({}, [
      attacker,
      `Sec-WebSocket-Extensions: ${random.pick(["permessage-deflate", "permessage-deflate; server_max_window_bits=99", "x;;", ";", '"', "a".repeat(2_000)])}`,
    ]),
  otherPath: ({ random }) =>
    upgrade(
      {},
      [attacker],
      `GET ${random.pick(["/", "/v1/", "/v2/health/live", "/metrics", "/v1/../v1", "*", "//v1"])} HTTP/1.1`,
    ),
  tokenInQuery: () =>
    upgrade({}, [], `GET /v1?token=${tokens.attacker}&access_token=${tokens.attacker} HTTP/1.1`),
  otherMethod: ({ random }) =>
    upgrade({}, [attacker], `${random.pick(["POST", "HEAD", "OPTIONS", "CONNECT"])} /v1 HTTP/1.1`),
  oldVersion: () => upgrade({}, [attacker], "GET /v1 HTTP/1.0"),
  body: () => {
    const shape = upgrade({}, [attacker, "Content-Length: 5"]);
    return { ...shape, bytes: Buffer.concat([shape.bytes, Buffer.from("hello")]) };
  },
  authorization: ({ random }) =>
    upgrade({}, [
      `Authorization: ${random.pick(["Bearer", "Basic eDp5", "bearer  x", "Bearer x y", "Bearer \u0000", `Bearer ${"a".repeat(12_000)}`, "Bearer null", "Negotiate"])}`,
    ]),
  twoAuthorizations: () => upgrade({}, [attacker, "Authorization: Bearer wrong"]),
  origin: ({ random }) =>
    upgrade({}, [
      attacker,
      `Origin: ${random.pick(["https://evil.example", "null", "", "file://", "http://127.0.0.1", "x".repeat(3_000)])}`,
    ]),
};
