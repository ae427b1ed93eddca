/** What a stream observed is read in pieces, however many records it lies in, as it was at the first of them. */
import { expect, it } from "vitest";
import { undecided } from "../../engines/detectors/hysteresis.js";
import type { Pieces } from "../../engines/pieces.js";
import type { Journal, Observations, StreamProgress } from "../../gateway/regimes/journal.js";
import { FakeClock } from "../support/clock.js";
import { newFolder, openJournal } from "../support/lmdb.js";

const record = {
  namespace: "default",
  name: "SPX",
  detector: "d",
  version: "1",
  parameters: {},
};

function observed(first: number): Observations {
  return {
    first,
    n: 1,
    d: 1,
    k: 1,
    times: Float64Array.of(first),
    rows: Float64Array.of(first / 2),
    regimes: Int8Array.of(0),
    probabilities: Float64Array.of(1),
  };
}

function progress(total: number): StreamProgress {
  return {
    total,
    lastTs: total - 1,
    d: 1,
    touchedAt: 0,
    silent: false,
    hysteresis: undecided,
    probabilities: null,
    detecting: {},
  };
}

/** So many records of one observation each: every one committed for itself. */
async function fed(journal: Journal, count: number): Promise<(from: number) => Promise<void>> {
  const id = 1;
  await journal.commit({ opened: { ...record, id } });
  const feed = (at: number) =>
    journal.commit({ progress: { id, progress: progress(at + 1), observed: observed(at), keep: 100_000 } });
  for (let at = 0; at < count; at++) await feed(at);
  return feed;
}

function drive(pieces: Pieces<Observations>): { readonly all: Observations; readonly turns: number } {
  for (let turns = 1; ; turns++) {
    const { done, value } = pieces.next();
    if (done === true) return { all: value as Observations, turns };
  }
}

const times = ({ first, n }: Observations) => Array.from({ length: n }, (_, i) => first + i);

it("of 600 records takes some pieces, in the order in which they came", async () => {
  const journal = await openJournal(await newFolder(), new FakeClock());
  const feed = await fed(journal, 600);
  const { all, turns } = drive(journal.readObservations(1, 1_000));
  expect(turns).toBeGreaterThanOrEqual(4);
  expect(turns).toBeLessThan(10);
  expect([...all.times]).toEqual(times(all));
  expect([all.first, all.n]).toEqual([0, 600]);
  const last = drive(journal.readObservations(1, 200)).all;
  expect([last.first, last.n, last.rows[199]]).toEqual([400, 200, 299.5]);
  expect(journal.observations(1, 200)).toEqual(last);

  const under = journal.readObservations(1, 1_000);
  under.next();
  await feed(600);
  expect(drive(under).all.n).toBe(600);
  await journal.commit({ closed: 1 });
  expect(drive(journal.readObservations(1, 10)).all.n).toBe(0);
}, 90_000);
