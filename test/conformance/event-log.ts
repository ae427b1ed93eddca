/**
 * The conformance suite of the port `EventLog`: the rules for every log, wherever it stores the events and however
 * long a read takes.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LoggedEvent, Retention, TopicKey } from "../../gateway/events/event-log.js";
import type { Journal } from "../../gateway/regimes/journal.js";
import { FakeClock } from "../support/clock.js";
import { change } from "../support/regimes.js";
import { checkAsync } from "../support/seeded.js";

export type MakeLog = (clock: FakeClock, retention: Retention) => Journal | Promise<Journal>;

const endless: Retention = { countMax: 1_000_000, ageMaxMs: 1e12 };
const spx: TopicKey = { namespace: "desk", topic: "regime.SPX" };
const ndx: TopicKey = { namespace: "desk", topic: "regime.NDX" };
const elsewhere: TopicKey = { namespace: "other", topic: "regime.SPX" };

export function eventLogConformance(name: string, make: MakeLog): void {
  async function open(retention: Partial<Retention> = {}) {
    const clock = new FakeClock();
    const log = await make(clock, { ...endless, ...retention });
    /** Turns the loop until the log has answered. */
    const answered = async <T>(answer: Promise<T>): Promise<T> => {
      let waiting = true;
      const done = () => {
        waiting = false;
      };
      answer.then(done, done);
      while (waiting) await clock.turnLoop();
      return answer;
    };
    const read = (...asked: Parameters<Journal["read"]>) => answered(log.read(...asked));
    const readAll = (...asked: Parameters<Journal["readAll"]>) => answered(log.readAll(...asked));
    const append = async (key: TopicKey, to = "calm"): Promise<LoggedEvent> => {
      const told: LoggedEvent[] = [];
      await log.commit({ events: [{ key, data: change("SPX", to) }] }, (event) => void told.push(event));
      expect(told).toHaveLength(1);
      return told[0] as LoggedEvent;
    };
    return { clock, log, append, answered, read, readAll };
  }
  const offsets = (events: readonly { readonly offset: number }[]) => events.map(({ offset }) => offset);

  describe(`event log conformance: ${name}`, () => {
    it("is empty at first, and nothing after 0 was missed", async () => {
      const { log, read, readAll } = await open();
      expect(log.epoch).not.toBe("");
      expect(log.position).toBe(0);
      expect(log.topics("desk")).toEqual([]);
      expect([log.lastOffset(spx), log.eventCount(spx)]).toEqual([0, 0]);
      expect(await read(spx, 0, 10)).toEqual([]);
      expect(await readAll("desk", 0, 10)).toEqual([]);
      expect([log.holdsAfterOffset(spx, 0), log.holdsAfterPosition(spx, 0)]).toEqual([true, true]);
      expect([log.holdsAfterOffset(spx, 1), log.holdsAfterPosition(spx, 1)]).toEqual([false, false]);
    });

    it("has a new epoch each time it is created", async () => {
      expect((await open()).log.epoch).not.toBe((await open()).log.epoch);
    });

    it("returns the appended events, each with its time and a unique id", async () => {
      const { clock, append, read, readAll } = await open();
      const first = await append(spx, "calm");
      clock.jump(5);
      const second = await append(spx, "turbulent");
      expect(first).toMatchObject({ ...spx, offset: 1, data: change("SPX", "calm") });
      expect(second.ts - first.ts).toBe(5);
      expect(second.eventId).not.toBe(first.eventId);
      expect(await read(spx, 0, 10)).toEqual([first, second]);
      expect(await readAll("desk", 0, 10)).toEqual([first, second]);
    });

    it("counts offsets without gaps in a topic, and positions upwards over all", async () => {
      const topics = fc.array(fc.constantFrom(spx, ndx, elsewhere), { minLength: 1, maxLength: 40 });
      await checkAsync(
        fc.asyncProperty(topics, async (keys) => {
          const { log, append, read } = await open();
          const events = [];
          for (const key of keys) events.push(await append(key));
          for (const key of [spx, ndx, elsewhere]) {
            const mine = keys.filter((each) => each === key).length;
            expect(offsets(await read(key, 0, 100))).toEqual(Array.from({ length: mine }, (_, i) => i + 1));
            expect(log.lastOffset(key)).toBe(mine);
            expect(log.eventCount(key)).toBe(mine);
          }
          const positions = events.map(({ position }) => position);
          expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
          expect(positions[0]).toBeGreaterThan(0);
          expect(log.position).toBe(positions.at(-1));
        }),
        30,
      );
    });

    it("reads a topic after an offset, and a namespace after a position, a page at a time", async () => {
      const { append, read, readAll } = await open();
      const events = [];
      for (const key of [spx, ndx, spx, elsewhere, ndx, spx]) events.push(await append(key));
      const mine = events.filter(({ namespace }) => namespace === "desk");
      expect(offsets(await read(spx, 1, 1))).toEqual([2]);
      expect(offsets(await read(spx, 3, 10))).toEqual([]);
      for (let from = 0, seen = 0; ; seen++) {
        const page = await readAll("desk", from, 1);
        if (page.length === 0) {
          expect(seen).toBe(mine.length);
          break;
        }
        expect(page).toEqual([mine[seen]]);
        from = page[0]?.position ?? 0;
      }
    });

    it("keeps namespaces apart", async () => {
      const { log, append, read, readAll } = await open();
      await append(elsewhere);
      expect(log.topics("desk")).toEqual([]);
      expect(log.topics("other")).toEqual([spx.topic]);
      expect(log.lastOffset(spx)).toBe(0);
      expect(await read(spx, 0, 10)).toEqual([]);
      expect(await readAll("desk", 0, 10)).toEqual([]);
    });

    it("holds no events after its end", async () => {
      const { log, append } = await open();
      await append(spx);
      expect([0, 1, 2].map((offset) => log.holdsAfterOffset(spx, offset))).toEqual([true, true, false]);
      expect([0, 1, 2].map((position) => log.holdsAfterPosition(spx, position))).toEqual([true, true, false]);
    });

    it("keeps a limited number of the newest events of a topic, and reports which are gone", async () => {
      const { log, append, read, readAll } = await open({ countMax: 3 });
      for (let i = 0; i < 5; i++) await append(spx);
      const other = await append(ndx);
      expect(offsets(await read(spx, 0, 10))).toEqual([3, 4, 5]);
      expect([1, 2, 5].map((offset) => log.holdsAfterOffset(spx, offset))).toEqual([false, true, true]);
      expect([1, 2, 5].map((position) => log.holdsAfterPosition(spx, position))).toEqual([false, true, true]);
      expect(log.holdsAfterPosition(ndx, 0)).toBe(true);
      expect((await readAll("desk", 0, 10)).at(-1)).toEqual(other);
      expect(log.lastOffset(spx)).toBe(5);
    });

    it("removes events that are too old, and continues counting", async () => {
      const { log, clock, append, read } = await open({ ageMaxMs: 100 });
      await append(spx);
      clock.jump(60);
      await append(spx);
      clock.jump(60);
      expect(offsets(await read(spx, 0, 10))).toEqual([2]);
      expect([0, 1].map((offset) => log.holdsAfterOffset(spx, offset))).toEqual([false, true]);
      clock.jump(60);
      expect(await read(spx, 0, 10)).toEqual([]);
      expect([1, 2].map((offset) => log.holdsAfterOffset(spx, offset))).toEqual([false, true]);
      expect([1, 2].map((position) => log.holdsAfterPosition(spx, position))).toEqual([false, true]);
      expect((await append(spx)).offset).toBe(3);
      expect(log.topics("desk")).toEqual([spx.topic]);
    });

    it("answers the same from a cursor however retention has moved", async () => {
      const steps = fc.array(fc.constantFrom<"spx" | "ndx" | "wait">("spx", "ndx", "wait"), {
        minLength: 1,
        maxLength: 60,
      });
      await checkAsync(
        fc.asyncProperty(steps, fc.nat(60), async (each, from) => {
          const { log, clock, append, read, readAll } = await open({ countMax: 8, ageMaxMs: 100 });
          const all = [];
          for (const step of each)
            if (step === "wait") clock.jump(30);
            else all.push(await append(step === "spx" ? spx : ndx));
          const after = all.filter(({ topic, offset }) => topic === spx.topic && offset > from);
          if (log.holdsAfterOffset(spx, from)) expect(await read(spx, from, 100)).toEqual(after);
          const later = all.filter(({ position }) => position > from);
          const whole = [spx, ndx].every((key) => log.holdsAfterPosition(key, from));
          if (whole) expect(await readAll("desk", from, 100)).toEqual(later);
        }),
        50,
      );
    });

    it("answers a read with the events of a single moment after the call, retention included", async () => {
      const { log, append, answered } = await open({ countMax: 3 });
      for (let i = 0; i < 3; i++) await append(spx);
      const [asked, askedAll] = [log.read(spx, 0, 10), log.readAll("desk", 0, 10)];
      await append(spx);
      const moments = [
        [1, 2, 3],
        [2, 3, 4],
      ];
      expect(moments).toContainEqual(offsets(await answered(asked)));
      expect(moments).toContainEqual(offsets(await answered(askedAll)));
      // After the answer, a reader can tell that the events are gone.
      expect(log.holdsAfterOffset(spx, 0)).toBe(false);
    });

    it("forgets a topic with its events, and begins anew when there is another one", async () => {
      const { log, append, read, readAll } = await open();
      for (let i = 0; i < 3; i++) await append(spx);
      await append(ndx);
      await append(elsewhere);
      await log.commit({ forgotten: [spx, { namespace: "desk", topic: "regime.unknown" }] });
      expect(log.topics("desk")).toEqual(["regime.NDX"]);
      expect([log.lastOffset(spx), log.eventCount(spx)]).toEqual([0, 0]);
      expect(await read(spx, 0, 10)).toEqual([]);
      expect((await readAll("desk", 0, 10)).map(({ topic }) => topic)).toEqual(["regime.NDX"]);
      expect(log.lastOffset(elsewhere)).toBe(1);
      expect([log.holdsAfterOffset(spx, 0), log.holdsAfterOffset(spx, 3)]).toEqual([true, false]);
      const { offset, position } = await append(spx, "stormy");
      expect([offset, position]).toEqual([1, 6]);
      expect(offsets(await read(spx, 0, 10))).toEqual([1]);
    });

    it("stores each reader's cursor by the reader's name", async () => {
      const { log, answered } = await open();
      expect(await answered(log.cursor("webhook desk"))).toBeUndefined();
      await log.commit({ cursor: { name: "webhook desk", position: 7 } });
      expect(await answered(log.cursor("webhook desk"))).toBe(7);
      expect(await answered(log.cursor("webhook other"))).toBeUndefined();
    });
  });
}
