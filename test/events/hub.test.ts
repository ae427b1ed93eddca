import { expect, it } from "vitest";
import { systemClock } from "../../gateway/clock.js";
import { Hub } from "../../gateway/events/hub.js";
import { MemoryJournal } from "../../gateway/regimes/journal/memory-journal.js";
import type { RegimeChange } from "../../protocol/frames.js";

const change: RegimeChange = {
  kind: "regime_change",
  stream: "SPX",
  from: "calm",
  to: "turbulent",
  probability: 1,
  probabilities: { calm: 0, turbulent: 1 },
  detector: "gaussian_hmm",
  version: "1",
  observed_ts: 1,
};

it("lets the loop turn in a burst of events, so that sockets can take what was told", async () => {
  const log = new MemoryJournal(systemClock, { countMax: 1_000, ageMaxMs: 60_000 });
  const hub = new Hub(log, () => {});
  let turns = 0;
  const turn = () => {
    turns++;
    if (log.position < 256) setImmediate(turn);
  };
  setImmediate(turn);
  const key = { namespace: "default", topic: "regime.SPX" };
  await log.commit({ events: Array.from({ length: 256 }, () => ({ key, data: change })) }, hub.publish);
  expect(turns).toBeGreaterThanOrEqual(4);
});
