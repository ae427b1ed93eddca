/** The demo's command line. */
import { describe, expect, test } from "vitest";
import { type DemoOptions, demoCommand } from "../../examples/demo/arguments.js";

function parsed(...args: string[]): DemoOptions {
  return demoCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parse(args, { from: "user" })
    .opts<DemoOptions>();
}

describe("the demo's arguments", () => {
  test("have defaults", () => {
    expect(parsed()).toEqual({ json: false, out: "out", watch: false, liveSeconds: 10 });
  });

  test("are taken", () => {
    const given = parsed("--json", "--out", "x", "--watch", "--speed", "50", "--live-seconds", "2.5");
    expect(given).toEqual({ json: true, out: "x", watch: true, speed: 50, liveSeconds: 2.5 });
    expect(parsed("--days", "700").days).toBe(700);
  });

  test.each([
    [["--speed", "0"], "--speed <days>"],
    [["--speed", "fast"], "--speed <days>"],
    [["--live-seconds", "-1"], "--live-seconds <seconds>"],
    [["--live-seconds", "401"], "--live-seconds <seconds>"],
    [["--days", "699"], "--days <count>"],
    [["--days", "700.5"], "--days <count>"],
    [["everything"], "too many arguments"],
  ])("%s are refused, and the message names the option", (args, name) => {
    expect(() => parsed(...args)).toThrow(name);
  });
});
