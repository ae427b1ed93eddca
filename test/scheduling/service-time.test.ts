import fc from "fast-check";
import { expect, it } from "vitest";
import { ServiceTime } from "../../gateway/scheduling/service-time.js";
import { check } from "../protocol/check.js";

it("knows nothing before the first batch, and then what it took", () => {
  const service = new ServiceTime();
  expect(service.batchMs).toBeUndefined();
  expect(service.expectedMs(10)).toBe(0);
  service.finished(100, 104);
  expect(service.batchMs).toBe(4);
  expect(service.expectedMs(3)).toBe(12);
});

it("counts from the answer before, while the model is busy: waiting at the worker is not its time", () => {
  const service = new ServiceTime();
  service.finished(0, 4);
  service.finished(0, 8); // handed out with the first, computed behind it
  service.finished(4, 12);
  expect(service.batchMs).toBe(4);
});

it("takes two instances for what they do together", () => {
  const service = new ServiceTime();
  for (let i = 0; i < 400; i++) service.finished(i * 5, i * 5 + 10); // ten each, one every five
  expect(service.batchMs).toBeCloseTo(5, 6);
});

it("knows the pace of answers that a busy event loop takes in together", () => {
  const service = new ServiceTime();
  for (let turn = 1; turn <= 100; turn++)
    for (let i = 0; i < 4; i++) service.finished((turn - 1) * 40 - 1, turn * 40); // handed out before the last ones came
  expect(service.batchMs).toBeCloseTo(10, 0);
});

it("stays within what it saw, and allows for how much that varies", () => {
  check(
    fc.property(fc.array(fc.double({ min: 0.1, max: 100, noNaN: true }), { minLength: 2 }), (times) => {
      const service = new ServiceTime();
      let now = 0;
      for (const ms of times) {
        service.finished(now, now + ms);
        now += ms;
      }
      const mean = service.batchMs as number;
      expect(mean).toBeGreaterThanOrEqual(Math.min(...times) - 1e-9);
      expect(mean).toBeLessThanOrEqual(Math.max(...times) + 1e-9);
      expect(service.expectedMs(4)).toBeGreaterThanOrEqual(4 * mean);
    }),
  );
});
