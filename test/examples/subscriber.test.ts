/** The demo's own check that no change was missed: it must see each kind of wrong. */
import type { Change } from "headgate-client";
import { describe, expect, test } from "vitest";
import { wrongWith } from "../../examples/demo/subscriber.js";

function change(offset: number): Change {
  return {
    kind: "regime_change",
    stream: "SPX",
    from: "calm",
    to: "turbulent",
    probability: 0.9,
    probabilities: { calm: 0.1, turbulent: 0.9 },
    detector: "gaussian_hmm",
    version: "1",
    observed_ts: offset * 1_000,
    topic: "regime.SPX",
    epoch: "e",
    offset,
    position: offset,
    ts: offset,
    eventId: `event-${offset}`,
  };
}

const three = [1, 2, 3].map(change);
const again = (changes: readonly Change[], recovered = true) => ({ changes, recovered });

describe("what a subscriber was pushed", () => {
  test("is fine when each change came once and a replay tells the same", () => {
    expect(wrongWith(three, again(three))).toEqual([]);
  });

  test("is fine when it joined later, from the offset at which it joined", () => {
    const later = three.slice(2);
    expect(wrongWith(later, again(later), 2)).toEqual([]);
    expect(wrongWith(later, again(later), 1)).toHaveLength(1);
  });

  test.each([
    ["nothing came", [], []],
    ["one is missing", [change(1), change(3)], [change(1), change(3)]],
    ["one came twice", [change(1), change(1), change(2)], [change(1), change(2)]],
    ["they came out of order", [change(2), change(1)], [change(1), change(2)]],
    ["the last is missing", [change(1)], [change(1), change(2)]],
    ["the replay lacks one", [change(1), change(2)], [change(1)]],
    ["the replay differs", [change(1)], [{ ...change(1), eventId: "another" }]],
  ])("is wrong when %s", (_, pushed, replayed) => {
    expect(wrongWith(pushed, again(replayed))).not.toEqual([]);
  });

  test("is wrong when the gateway could not give everything again", () => {
    expect(wrongWith(three, again(three, false))).toHaveLength(1);
  });
});
