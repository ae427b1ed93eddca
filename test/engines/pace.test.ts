import { expect, it } from "vitest";
import { Pace } from "../../engines/pool/pace.js";

it("hands a second batch over behind a short one, and none behind a long one", () => {
  const pace = new Pace(2);
  expect(pace.room([])).toBe(2);
  expect(pace.room(["new"])).toBe(1); // nothing is known of it yet
  expect(pace.room(["new", "new"])).toBe(0);
  pace.took("short", 0.2);
  pace.took("long", 3);
  expect(pace.room(["short"])).toBe(1);
  expect(pace.room(["long"])).toBe(0);
  expect(pace.room(["short", "long"])).toBe(0);
  expect(pace.room([])).toBe(2);
});

it("goes by a model's last batch, and forgets what is closed", () => {
  const pace = new Pace(2);
  pace.took("m", 3);
  pace.took("m", 0.1);
  expect(pace.room(["m"])).toBe(1);
  pace.took("m", 3);
  pace.forget("m");
  expect(pace.room(["m"])).toBe(1);
});
