import { expect, it } from "vitest";
import { AnswerOrder } from "../../gateway/waiting/answer-order.js";
import { Settlement } from "../../gateway/waiting/settlement.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

it("an answer that is there is used at once", () => {
  const order = new AnswerOrder();
  expect(order.use(1, (n) => n + 1)).toBe(2);
  expect(order.use(2, (n) => n + 1)).toBe(3);
});

it("an earlier answer that comes late is used first, and a later one that is there waits for it", async () => {
  const order = new AnswerOrder();
  const used: string[] = [];
  const slow = new Settlement<string>();
  const first = order.use(slow.answer, (text) => used.push(text));
  const second = order.use("second", (text) => used.push(text));
  const third = order.use(Promise.resolve("third"), (text) => used.push(text));
  await settled();
  expect(used).toEqual([]);
  slow.resolve("first");
  expect(await Promise.all([first, second, third])).toEqual([1, 2, 3]);
  expect(used).toEqual(["first", "second", "third"]);
  await settled();
  expect(order.use("at once", (text) => text)).toBe("at once");
});

it("an answer whose use fails, and one that fails itself, do not hold the later ones up", async () => {
  const order = new AnswerOrder();
  const failed = order.use(Promise.reject(new Error("no answer")), () => 1);
  const thrown = order.use("second", () => {
    throw new Error("no use");
  });
  const last = order.use("third", (text) => text);
  await expect(failed).rejects.toThrow("no answer");
  await expect(thrown).rejects.toThrow("no use");
  expect(await last).toBe("third");
});
