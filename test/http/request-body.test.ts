import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { BodyPlaces } from "../../gateway/faces/http/body-places.js";
import { readBody } from "../../gateway/faces/http/request-body.js";

const bytesMax = 1_000_000;

function post(body: Uint8Array | ReadableStream, headers: Record<string, string> = {}): Request {
  return new Request("http://gateway/", { method: "POST", body, headers, duplex: "half" } as RequestInit);
}

const announced = (body: Uint8Array, headers: Record<string, string> = {}) =>
  post(body, { "content-length": String(body.length), ...headers });

function chunked(chunks: readonly Uint8Array[], headers: Record<string, string> = {}): Request {
  const stream = new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  return post(stream, { "transfer-encoding": "chunked", ...headers });
}

const text = Buffer.from(Array.from({ length: 2_000 }, (_, i) => Math.sin(i)).join(" "));

describe("a body", () => {
  it.each([
    ["announced", announced(text)],
    ["in chunks", chunked([text.subarray(0, 7), text.subarray(7)])],
    ["gzipped", announced(gzipSync(text), { "content-encoding": "gzip" })],
    ["deflated", announced(deflateSync(text), { "content-encoding": "Deflate" })],
    ["gzipped in chunks", chunked([gzipSync(text)], { "content-encoding": "gzip" })],
  ])("%s is read, and its place counts what it holds until it leaves", async (_, request) => {
    const places = new BodyPlaces(10 * bytesMax);
    const { bytes, place } = await readBody(request, bytesMax, places.of("desk"));
    expect(Buffer.from(bytes).equals(text)).toBe(true);
    expect(places.bytes).toBe(text.length);
    place.leave();
    place.leave();
    expect(places.bytes).toBe(0);
  });

  it("without a length is read within the limit and the memory", async () => {
    const places = new BodyPlaces(10 * bytesMax);
    const { place } = await readBody(post(Buffer.alloc(bytesMax)), bytesMax, places.of("desk"));
    expect(places.bytes).toBe(bytesMax);
    place.leave();
    const reading = readBody(post(Buffer.alloc(bytesMax + 1)), bytesMax, places.of("desk"));
    await expect(reading).rejects.toMatchObject({ code: "resource_exhausted", retryable: false });
    expect(places.bytes).toBe(0);
  });

  it("of zeros, which compress to a thousandth, is read where it is small", async () => {
    const zeros = Buffer.alloc(320_000);
    const request = announced(gzipSync(zeros), { "content-encoding": "gzip" });
    const { bytes } = await readBody(request, bytesMax, new BodyPlaces(10 * bytesMax).of("desk"));
    expect(bytes).toHaveLength(zeros.length);
  });

  it("that is only announced keeps no more than 64 KiB from others, and takes memory as it comes", async () => {
    const places = new BodyPlaces(bytesMax);
    let send: ReadableStreamDefaultController<Uint8Array> | undefined;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        send = controller;
      },
    });
    const reading = readBody(post(stream, { "content-length": "900000" }), bytesMax, places.of("desk"));
    expect(places.bytes).toBe(65_536);
    send?.enqueue(Buffer.alloc(500_000));
    await new Promise((resolve) => setImmediate(resolve));
    expect(places.bytes).toBe(500_000);
    const other = places.of("other").take(400_000);
    send?.enqueue(Buffer.alloc(400_000));
    await expect(reading).rejects.toMatchObject({ code: "resource_exhausted", retryable: true });
    other.leave();
    expect(places.bytes).toBe(0);
  });

  it("that is absent is empty", async () => {
    const request = new Request("http://gateway/", { method: "POST" });
    expect((await readBody(request, bytesMax, new BodyPlaces(bytesMax).of("desk"))).bytes).toHaveLength(0);
  });
});

describe("a body is refused, and holds nothing,", () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const notGzip = announced(text, { "content-encoding": "gzip" });
  it.each([
    [
      "announced with a gigabyte",
      announced(text, { "content-length": "1073741824" }),
      "resource_exhausted",
      /at most/,
    ],
    [
      "too long in chunks",
      chunked([Buffer.alloc(600_000), Buffer.alloc(600_000)]),
      "resource_exhausted",
      /at most/,
    ],
    ["a bomb", announced(bomb, { "content-encoding": "gzip" }), "resource_exhausted", /at most/],
    [
      "100 times its size",
      announced(gzipSync(Buffer.alloc(1_500_000)), { "content-encoding": "gzip" }),
      "invalid_argument",
      /more than 100 times/,
      2_000_000,
    ],
    [
      "cut off",
      announced(gzipSync(text).subarray(0, 20), { "content-encoding": "gzip" }),
      "invalid_argument",
      /decomp/,
    ],
    ["not gzip", notGzip, "invalid_argument", /decompressed/],
    ["brotli", announced(text, { "content-encoding": "br" }), "invalid_argument", /gzip, deflate/],
    [
      "twice compressed",
      announced(text, { "content-encoding": "gzip, gzip" }),
      "invalid_argument",
      /must be/,
    ],
  ])("%s", async (_, request, code, message, most = bytesMax) => {
    const places = new BodyPlaces(10 * bytesMax);
    const refused = expect(readBody(request, most, places.of("desk"))).rejects;
    await refused.toMatchObject({ code, message: expect.stringMatching(message), retryable: false });
    expect(places.bytes).toBe(0);
  });

  it("where no memory is left, before a byte is read, and may come again", async () => {
    const places = new BodyPlaces(text.length);
    places.of("other").take(1);
    const request = announced(text);
    await expect(readBody(request, bytesMax, places.of("desk"))).rejects.toMatchObject({
      code: "resource_exhausted",
      retryable: true,
    });
    expect(request.bodyUsed).toBe(false);
  });
});

it("a body whose client has gone is cancelled, and holds nothing: that is no defect of the gateway", async () => {
  const gone = () =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(text);
        controller.error(new Error("aborted"));
      },
    });
  for (const request of [
    post(gone(), { "content-length": String(2 * text.length) }),
    post(gone(), { "transfer-encoding": "chunked" }),
  ]) {
    const places = new BodyPlaces(10 * bytesMax);
    await expect(readBody(request, bytesMax, places.of("desk"))).rejects.toMatchObject({ code: "cancelled" });
    expect(places.bytes).toBe(0);
  }
});
