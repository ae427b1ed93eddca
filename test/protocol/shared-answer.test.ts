import { describe, expect, it } from "vitest";
import type { Codec } from "../../protocol/codec.js";
import { idMax } from "../../protocol/limits.js";
import { SharedAnswer } from "../../protocol/shared-answer.js";
import { codec, framesOf } from "../support/transport.js";

describe.each(["headgate.v1.msgpack", "headgate.v1.json"])("%s", (subprotocol) => {
  it.each([0, 1, 127, 128, 65_536, 0x7fff_ffff, idMax])(
    "an answer to %s is the same as for any other, but for its id",
    (id) => {
      const of = codec(subprotocol);
      const body = { models: [{ name: "m", most: idMax }], text: `"id":${idMax}` };
      const answer = new SharedAnswer(body);
      answer.as(of, 7);
      expect(framesOf(of, answer.as(of, id))).toEqual([{ type: "ack", id, ...body }]);
    },
  );

  it("encodes once, however many ask", () => {
    const of = codec(subprotocol);
    let encoded = 0;
    const counting: Codec = {
      ...of,
      encode(frame) {
        encoded++;
        return of.encode(frame);
      },
    };
    const answer = new SharedAnswer({ models: [] });
    for (let id = 0; id < 100; id++) answer.as(counting, id);
    expect(encoded).toBe(1);
  });
});
