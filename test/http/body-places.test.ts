import { expect, it } from "vitest";
import { BodyPlaces } from "../../gateway/faces/http/body-places.js";

const full = { code: "resource_exhausted", retryable: true };

/** Takes a byte at a time until it is refused; the number that was taken. */
function fill(places: BodyPlaces, tenant: string): number {
  for (let count = 0; ; count++)
    try {
      places.of(tenant).take(1);
    } catch {
      return count;
    }
}

it("one tenant has three quarters of the memory, the next three quarters of the rest, and there is some for one more", () => {
  const places = new BodyPlaces(1_024);
  expect(fill(places, "alpha")).toBe(768);
  expect(fill(places, "beta")).toBe(192);
  expect(fill(places, "gamma")).toBe(48);
  expect(() => places.of("alpha").take(1)).toThrow(expect.objectContaining(full));
  expect(() => places.of("delta").take(16)).not.toThrow();
  expect(places.bytes).toBe(1_024);
});

it("a body that grows counts against its tenant's share, and stays as it was when it is refused", () => {
  const places = new BodyPlaces(1_024);
  const first = places.of("alpha").take(500);
  const second = places.of("alpha").take(100);
  expect(() => second.resize(300)).toThrow(
    /^this tenant's HTTP bodies take 600 bytes.*\(limits\.http_body_bytes\): wait for answers, then send it again$/,
  );
  expect(places.bytes).toBe(600);
  first.leave();
  first.leave();
  second.resize(300);
  expect(places.bytes).toBe(300);
  second.leave();
  expect(places.bytes).toBe(0);
});

it("the only body of a tenant may take all that is free: the largest that is allowed must be possible", () => {
  const places = new BodyPlaces(1_024);
  const only = places.of("alpha").take(64);
  only.resize(1_024);
  expect(() => places.of("alpha").take(1)).toThrow(expect.objectContaining(full));
  expect(() => places.of("beta").take(1)).toThrow(/1024 of 1024 bytes/);
  only.resize(10);
  expect(() => places.of("alpha").take(700)).not.toThrow();
});

it("what is given back is free for all, whoever held it", () => {
  const places = new BodyPlaces(1_024);
  const held = Array.from({ length: 768 }, () => places.of("alpha").take(1));
  for (const place of held) place.leave();
  expect([places.bytes, fill(places, "beta")]).toEqual([0, 768]);
});
