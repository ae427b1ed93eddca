import { describe, expect, it } from "vitest";
import type { ClientFrame } from "../../protocol/frames.js";
import { codec, messageOf } from "../support/transport.js";
import { type Credential, tokens } from "./credentials.js";
import { expectationOf } from "./session-expectation.js";

const inHeader: Credential = {
  header: `Bearer ${tokens.attacker}`,
  headerFate: "accepted",
  hello: undefined,
};
const inHello: Credential = { header: undefined, headerFate: undefined, hello: tokens.attacker };
const wrong: Credential = { header: "Bearer wrong", headerFate: "refused", hello: undefined };
const hello: ClientFrame = { type: "hello" };
const close = (id: number): ClientFrame => ({ type: "close", id, stream: "SPX" });

const message = (...frames: readonly unknown[]) =>
  Buffer.concat(
    [messageOf(codec(), frames as ClientFrame[])].flat().map((part) => Buffer.from(part as Uint8Array)),
  );

function foretold(messages: readonly Uint8Array[], credential = inHeader, chosen = "headgate.v1.msgpack") {
  return expectationOf({ messages, chosen, credential, violation: undefined, deaf: false });
}

describe("what is foretold of a connection", () => {
  it("is an answer for each id", () => {
    const found = foretold([
      message(hello, close(1), close(2)),
      message({ type: "cancel", id: 9 }, close(3)),
    ]);
    expect(found).toMatchObject({
      statuses: [101],
      mustClose: [],
      ids: [
        [1, 1],
        [2, 1],
        [3, 1],
      ],
    });
  });

  it("is an answer for a request with a wrong field too", () => {
    const found = foretold([message(hello, { type: "close", id: 4, stream: 5 })]);
    expect(found).toMatchObject({ mustClose: [], ids: [[4, 1]] });
  });

  it.each([
    ["no hello first", [message(close(1))], 4400],
    ["a second hello", [message(hello), message(hello)], 4400],
    ["a frame of an unknown type", [message(hello, { type: "result", id: 1 })], 4400],
    ["a request without an id", [message(hello, { type: "close", stream: "SPX" })], 4400],
    ["an empty message", [message(hello), Buffer.alloc(0)], 4400],
    ["a message that is cut short", [message(hello).subarray(0, 5)], 4400],
  ])("is a close for %s", (_, messages, code) => {
    expect(foretold(messages).mustClose).toContain(code);
  });

  it("is nothing for what comes after a close", () => {
    expect(foretold([message(hello), message(hello), message(close(1))]).ids).toEqual([]);
  });

  it("is 4401 without a good token, 401 with a wrong one in the header, and 4406 without a subprotocol", () => {
    expect(foretold([message(hello)], inHello).mustClose).toEqual([4401]);
    expect(foretold([message({ type: "hello", token: tokens.attacker })], inHello).mustClose).toEqual([]);
    expect(foretold([message(hello)], wrong).statuses).toEqual([401]);
    expect(foretold([message(hello)], inHeader, "").mustClose).toEqual([4406]);
  });

  it("lets an id that comes again close the connection, for the first may be in flight", () => {
    const found = foretold([message(hello, close(1), close(1))]);
    expect(found.ids).toEqual([[1, 2]]);
    expect(found.mayClose).toContain(4400);
  });
});
