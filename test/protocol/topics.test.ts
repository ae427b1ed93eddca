/** Names of streams and topics. */
import { describe, expect, it } from "vitest";
import { everyRegime, matches, readStreamName, readTopic, regimeTopic } from "../../protocol/topics.js";
import { thrown } from "./check.js";

describe("a stream's name", () => {
  it.each(["SPX", "BRK.B", "fx:EUR/USD", "a_b-c", "1", "x".repeat(64)])("may be %s", (stream) => {
    expect(readStreamName({ stream })).toBe(stream);
    expect(readTopic({ topic: regimeTopic(stream) })).toBe(`regime.${stream}`);
  });

  it.each([undefined, 5, "", "a b", "a\n", "*", "é", "a,b", "x".repeat(65)])("may not be %j", (stream) => {
    expect(thrown(() => readStreamName({ stream }))).toMatchObject({ code: "invalid_argument" });
  });
});

describe("a topic", () => {
  it.each([undefined, "", "SPX", "regime", "regime.", "regime.**", "Regime.SPX", "regime.a b"])(
    "may not be %j",
    (topic) => {
      expect(thrown(() => readTopic({ topic }))).toMatchObject({ code: "invalid_argument" });
    },
  );

  it("is matched by itself and by the pattern for all, and by nothing else", () => {
    expect(matches("regime.SPX", "regime.SPX")).toBe(true);
    expect(matches(everyRegime, "regime.SPX")).toBe(true);
    expect(matches("regime.SPX", "regime.SPXW")).toBe(false);
    expect(matches("regime.SPXW", "regime.SPX")).toBe(false);
    expect(matches(everyRegime, "price.SPX")).toBe(false);
  });
});
