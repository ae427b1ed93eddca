import { expect, it } from "vitest";
import { RoomForecast } from "../../engines/pool/room-forecast.js";

const since0 = (key: string) => ({ key, since: 0 });

it("hands a second batch over behind a short one at once", () => {
  const pace = new RoomForecast(2);
  expect(pace.room([], 0)).toBe(2);
  expect(pace.room([since0("new")], 0)).toBe(1); // nothing is known of it yet
  expect(pace.room([since0("new"), since0("new")], 0)).toBe(0);
  pace.record("short", 0.2);
  expect(pace.room([since0("short")], 0)).toBe(1);
});

it("hands it over behind a long one when that is about to end", () => {
  const pace = new RoomForecast(2);
  pace.record("short", 0.2);
  pace.record("long", 3);
  expect(pace.room([since0("long")], 0)).toBe(0);
  expect(pace.room([since0("long")], 2)).toBe(0);
  expect(pace.room([since0("long")], 2.6)).toBe(1);
  expect(pace.room([since0("long")], 5)).toBe(1); // longer than the last
  expect(pace.room([since0("short"), since0("long")], 5)).toBe(0);
});

it("goes by a model's last batch, and forgets what is closed", () => {
  const pace = new RoomForecast(2);
  pace.record("m", 3);
  pace.record("m", 0.1);
  expect(pace.room([since0("m")], 0)).toBe(1);
  pace.record("m", 3);
  pace.forget("m");
  expect(pace.room([since0("m")], 0)).toBe(1);
});
