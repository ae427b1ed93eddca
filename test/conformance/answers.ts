/** The conformance suite of the port `AnswerStore`. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnswerBounds, AnswerStore } from "../../gateway/idempotency/answer-store.js";
import { FakeClock } from "../support/clock.js";
import { checkAsync } from "../support/seeded.js";

export interface TestAnswer {
  readonly text: string;
  readonly data: Uint8Array;
}

export const answer = (text: string, size = 10): TestAnswer => ({
  text,
  data: new Uint8Array(size).fill(text.length),
});

type Open = (clock: FakeClock, bounds: AnswerBounds) => Promise<AnswerStore<TestAnswer>>;

const roomy = { countMax: 100, bytesMax: 1e6, ageMaxMs: 1_000 };

export function answerConformance(name: string, open: Open): void {
  describe(`answer conformance: ${name}`, () => {
    it("finds a kept answer, with its fingerprint and its bytes, in its own namespace only", async () => {
      const store = await open(new FakeClock(), roomy);
      await store.keep("desk", "k", { fingerprint: "f", answer: answer("first") });
      const found = store.find("desk", "k");
      expect(found?.fingerprint).toBe("f");
      expect(found?.answer.text).toBe("first");
      expect([...(found?.answer.data ?? [])]).toEqual(new Array(10).fill(5));
      expect(store.find("other", "k")).toBeUndefined();
      expect(store.find("desk", "K")).toBeUndefined();
    });

    it("keeps the newest answer under a key", async () => {
      const store = await open(new FakeClock(), roomy);
      for (const text of ["a", "bb", "ccc"])
        await store.keep("desk", "k", { fingerprint: text, answer: answer(text) });
      expect(store.find("desk", "k")?.answer.text).toBe("ccc");
    });

    it("removes answers by age, by number and by bytes, the oldest first", async () => {
      const clock = new FakeClock();
      const store = await open(clock, { countMax: 3, bytesMax: 100_000, ageMaxMs: 1_000 });
      const keep = (key: string, size = 10) =>
        store.keep("desk", key, { fingerprint: key, answer: answer(key, size) });
      const known = (keys: string) =>
        [...keys].filter((key) => store.find("desk", key) !== undefined).join("");
      for (const key of "abcd") await keep(key);
      expect(known("abcd")).toBe("bcd");
      clock.jump(999);
      await keep("e");
      expect(known("bcde")).toBe("cde");
      clock.jump(1);
      expect(known("bcde")).toBe("e");
      const wide = await open(clock, { countMax: 100, bytesMax: 100_000, ageMaxMs: 1_000 });
      for (let i = 0; i < 20; i++)
        await wide.keep("desk", `${i}`, { fingerprint: "", answer: answer("x", 12_000) });
      const left = Array.from({ length: 20 }, (_, i) => i).filter(
        (i) => wide.find("desk", `${i}`) !== undefined,
      );
      expect(left).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
    });

    it("does not keep an answer larger than an eighth of the store", async () => {
      const store = await open(new FakeClock(), { ...roomy, bytesMax: 80_000 });
      await store.keep("desk", "small", { fingerprint: "", answer: answer("x", 9_000) });
      await store.keep("desk", "large", { fingerprint: "", answer: answer("x", 11_000) });
      expect(store.find("desk", "large")).toBeUndefined();
      expect(store.find("desk", "small")).toBeDefined();
    });

    it("removes no namespace's answers to make room for another's, in number or bytes", async () => {
      const bounds = { countMax: 9, bytesMax: 100_000, ageMaxMs: 1_000 };
      const store = await open(new FakeClock(), bounds);
      const keep = (namespace: string, key: string, size = 10) =>
        store.keep(namespace, key, { fingerprint: key, answer: answer(key, size) });
      await keep("quiet", "a");
      for (let i = 0; i < 20; i++) await keep("loud", `n-${i}`);
      for (let i = 0; i < 20; i++) await keep("large", `b-${i}`, 12_000);
      expect(store.find("quiet", "a")?.fingerprint).toBe("a");
      const known = (namespace: string, prefix: string) =>
        Array.from({ length: 20 }, (_, i) => i).filter((i) => store.find(namespace, `${prefix}-${i}`));
      expect(known("loud", "n")).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19]);
      expect(known("large", "b")).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
    });

    it("finds the same answers as a plain list, for any sequence of calls", async () => {
      const step = fc.record({ key: fc.constantFrom(..."abcdefgh"), wait: fc.nat(400), size: fc.nat(3_000) });
      await checkAsync(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          const clock = new FakeClock();
          const store = await open(clock, { countMax: 4, bytesMax: 1e9, ageMaxMs: 1_000 });
          let list: { key: string; size: number; at: number }[] = [];
          for (const { key, wait, size } of steps) {
            clock.jump(wait);
            await store.keep("desk", key, { fingerprint: `${size}`, answer: answer(key, size) });
            list = [...list.filter((each) => each.key !== key), { key, size, at: clock.now() }].slice(-4);
            for (const each of "abcdefgh") {
              const wanted = list.find((one) => one.key === each && clock.now() < one.at + 1_000);
              expect(store.find("desk", each)?.fingerprint).toBe(wanted && `${wanted.size}`);
              expect(store.find("desk", each)?.answer.data.length).toBe(wanted?.size);
            }
          }
        }),
        10,
      );
    });
  });
}
