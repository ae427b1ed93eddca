/** Bodies whose length two readers could see differently. A second request hidden in one must not be answered. */
import type { HttpShape, ShapeOf, ShapeWords } from "./http-shape.js";

/** What the hidden request would ask for, were it taken for a request. */
const hidden = "GET /v2/health/live HTTP/1.1\r\nHost: hidden\r\n\r\n";

function posted({ random, paths }: ShapeWords, lines: readonly string[], body: string, most = 1): HttpShape {
  const head = [
    `${random.pick(["POST", "GET", "PUT"])} ${random.pick(paths)} HTTP/1.1`,
    "Host: 127.0.0.1",
    ...lines,
  ];
  return { bytes: Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`, "latin1"), requests: 1, least: 0, most };
}

const chunked = (body: string) => `${Buffer.byteLength(body, "latin1").toString(16)}\r\n${body}\r\n0\r\n\r\n`;

export const bodyShapes: Readonly<Record<string, ShapeOf>> = {
  lengthAndBody: (words) => posted(words, [`Content-Length: ${hidden.length}`], hidden),
  chunkedBody: (words) => posted(words, ["Transfer-Encoding: chunked"], chunked(hidden)),
  lengthAndChunked: (words) =>
    posted(words, [`Content-Length: ${hidden.length}`, "Transfer-Encoding: chunked"], `0\r\n\r\n${hidden}`),
  chunkedAndLength: (words) =>
    posted(words, ["Transfer-Encoding: chunked", "Content-Length: 4"], `${chunked("abc")}${hidden}`),
  twoLengths: (words) => posted(words, ["Content-Length: 0", `Content-Length: ${hidden.length}`], hidden),
  oddLength(words) {
    const length = words.random.pick([
      "-1",
      "+5",
      "0x5",
      "5, 5",
      "1e3",
      " ",
      "٣",
      "18446744073709551616",
      "5;5",
    ]);
    return posted(words, [`Content-Length: ${length}`], hidden);
  },
  oddEncoding(words) {
    const encoding = words.random.pick([
      ...[
        "xchunked",
        "chunked, identity",
        "identity, chunked",
        "chunked\u000b",
        "\u000bchunked",
        "CHUNKED ;q=1",
        '"chunked"',
      ],
      ...["gzip, chunked", "chunked, chunked", "", "identity"],
    ]);
    // Where the last coding is chunked the body ends at its empty chunk, and what follows is a request of its own.
    const most = /,\s*chunked$/.test(encoding) ? 2 : 1;
    return posted(words, [`Transfer-Encoding: ${encoding}`], `0\r\n\r\n${hidden}`, most);
  },
  hiddenEncodingHeader: (words) =>
    posted(
      words,
      [
        words.random.pick([
          "Transfer-Encoding : chunked",
          " Transfer-Encoding: chunked",
          "Transfer_Encoding: chunked",
        ]),
        `Content-Length: ${hidden.length}`,
      ],
      hidden,
    ),
  chunkSizes(words) {
    const size = words.random.pick([
      "ffffffffffffffff",
      "-1",
      "0x3",
      "3;ext=\u0000",
      "3 ",
      "",
      "g",
      `${"0".repeat(400)}3`,
    ]);
    return posted(words, ["Transfer-Encoding: chunked"], `${size}\r\nabc\r\n0\r\n\r\n`);
  },
  chunkExtensions: (words) =>
    posted(
      words,
      ["Transfer-Encoding: chunked"],
      `3;${"x".repeat(words.random.pick([10, 20_000]))}\r\nabc\r\n0\r\n\r\n`,
    ),
  trailers: (words) =>
    posted(
      words,
      ["Transfer-Encoding: chunked", "Trailer: Host"],
      `0\r\nHost: other\r\nContent-Length: 9\r\n\r\n`,
    ),
  chunkWithoutEnd: (words) => posted(words, ["Transfer-Encoding: chunked"], "5\r\nabc"),
  longBody: (words) =>
    posted(words, ["Content-Length: 1000000000"], "a".repeat(words.random.pick([1, 70_000]))),
  expectAndBody: (words) => posted(words, ["Expect: 100-continue", "Content-Length: 5"], "hello"),
};
