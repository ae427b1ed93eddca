/**
 * Shapes of HTTP requests that have been trouble elsewhere: request smuggling, header floods, odd targets and hosts,
 * upgrades that are none. Each tells how many answers it may have.
 */
import { bodyShapes } from "./http-body-shapes.js";
import { inferShapes } from "./http-infer-shapes.js";
import { answered, doubtful, type ShapeOf } from "./http-shape.js";
import { upgradeShapes } from "./http-upgrade-shapes.js";

const methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "M-SEARCH", "TRACE"];
const oddMethods = ["get", "G", "GET\t", "CONNECT", "PRI", "BREW", "\u0000GET", "GET".repeat(100), "GÉT"];
const targets = [
  ...[
    "//",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/../../etc/passwd",
    "/%00",
    "/%zz",
    "/%",
    "*",
    "/\\..\\",
    "/v1?token=x",
  ],
  ...[
    "/v1/",
    "/V1",
    "//v1",
    "/v1;x=1",
    "/v2/health/ready?x=%ff",
    "/v2/health/live#f",
    "/metrics?a[]=1&a[]=2",
  ],
  ...[
    "http://gateway/v2/health/live",
    "http://other@evil:99999/metrics",
    "ftp://x/",
    "gateway:443",
    "/__proto__",
  ],
  ...[
    "/constructor/prototype",
    "/é",
    "/v2/health/live/../ready",
    `/${"a".repeat(10_000)}`,
    `/${"%41".repeat(3_000)}`,
  ],
];
const hosts = [
  ...["", " ", "a b", "gateway:99999", "gateway:-1", "[::1", "[::1]:8470", "user@gateway", "a".repeat(5_000)],
  ...["gateway, other", "gate\u0001way", "..", "127.0.0.1:0", "é", "http://gateway", "%00"],
];

const request = (method: string, target: string, lines: readonly string[] = ["Host: 127.0.0.1"]) =>
  `${[`${method} ${target} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n`;

const plainShapes: Readonly<Record<string, ShapeOf>> = {
  plain: ({ random, paths }) => answered(request("GET", random.pick(paths))),
  method: ({ random, paths }) => answered(request(random.pick(methods), random.pick(paths))),
  oddMethod: ({ random, paths }) => doubtful(request(random.pick(oddMethods), random.pick(paths))),
  target: ({ random }) => doubtful(request("GET", random.pick(targets))),
  host: ({ random, paths }) => doubtful(request("GET", random.pick(paths), [`Host: ${random.pick(hosts)}`])),
  noHost: ({ random, paths }) => answered(request("GET", random.pick(paths), ["Accept: */*"])),
  twoHosts: ({ random, paths }) =>
    doubtful(request("GET", random.pick(paths), ["Host: 127.0.0.1", "Host: other"])),
  manyHeaders({ random, paths }) {
    const count = random.pick([100, 1_000, 1_999, 2_000, 3_000]);
    const lines = Array.from({ length: count }, (_, i) => `x-${i}: 1`);
    return doubtful(request("GET", random.pick(paths), ["Host: 127.0.0.1", ...lines]));
  },
  longHeader({ random, paths }) {
    const value = "a".repeat(random.pick([8_000, 16_000, 16_384, 40_000]));
    return doubtful(request("GET", random.pick(paths), ["Host: 127.0.0.1", `x-long: ${value}`]));
  },
  oddHeader({ random, paths }) {
    const line = random.pick([
      ...[
        "no colon",
        ": no name",
        "a b: c",
        "x: \u0000",
        "x: a\rb",
        "x: a\nb",
        "__proto__: x",
        "x\t: y",
        "é: é",
      ],
      ...["Origin: null", "Origin: https://evil.example", "Cookie: a=b", "Expect: 100-continue", "Expect: x"],
      ...["X-Forwarded-For: 127.0.0.1", "Forwarded: for=_a", "Authorization: Bearer x", "Accept: \u0001"],
      ...["Accept-Encoding: gzip;q=x, br", "If-None-Match: *", "Range: bytes=0-1,5-9", "Content-Length: 0"],
    ]);
    return doubtful(request("GET", random.pick(paths), ["Host: 127.0.0.1", line]));
  },
  folded: ({ paths, random }) =>
    doubtful(request("GET", random.pick(paths), ["Host: 127.0.0.1", "x: a", " folded"])),
  version({ random, paths }) {
    const version = random.pick([
      "HTTP/0.9",
      "HTTP/1.0",
      "HTTP/1.2",
      "HTTP/2.0",
      "HTTP/9.9",
      "http/1.1",
      "ICE/1.0",
      "",
    ]);
    return doubtful(`GET ${random.pick(paths)} ${version}\r\nHost: 127.0.0.1\r\n\r\n`);
  },
  bareLineFeeds: ({ random, paths }) => doubtful(`GET ${random.pick(paths)} HTTP/1.1\nHost: 127.0.0.1\n\n`),
  bareReturns: ({ random, paths }) => doubtful(`GET ${random.pick(paths)} HTTP/1.1\rHost: 127.0.0.1\r\r`),
  spaces: ({ random, paths }) =>
    doubtful(`\r\n\r\nGET  ${random.pick(paths)}   HTTP/1.1\r\nHost:127.0.0.1\r\n\r\n`),
  unfinished: ({ random, paths }) => ({
    ...doubtful(request("GET", random.pick(paths)).slice(0, random.integer(1, 30))),
  }),
  http2: () =>
    doubtful("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000"),
  tls: ({ random }) => ({
    ...doubtful(""),
    bytes: Buffer.concat([Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]), random.bytes(200)]),
  }),
  noise: ({ random }) => ({ ...doubtful(""), bytes: random.bytes(random.integer(1, 600)) }),
};

export const httpShapes: Readonly<Record<string, ShapeOf>> = {
  ...plainShapes,
  ...bodyShapes,
  ...upgradeShapes,
  ...inferShapes,
};
