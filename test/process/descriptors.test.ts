import { describe, expect, it } from "vitest";
import { parseConfig } from "../../gateway/config/parse.js";
import { descriptorsMax, withinDescriptors } from "../../gateway/process/descriptors.js";

const { limits } = parseConfig({
  limits: { connections: 1_000, unauthenticated_connections: 100, http_connections: 44 },
});

function held(descriptors: number | undefined) {
  const told: string[] = [];
  const within = withinDescriptors(limits, descriptors, {
    warn: (...line: unknown[]) => told.push(String(line.at(-1))),
  });
  const { connections, unauthenticated_connections, http_connections } = within;
  return { places: [connections, unauthenticated_connections, http_connections], told };
}

describe("connections", () => {
  it("are those of the limits where there are descriptors for all, and 256 for the rest", () => {
    expect(held(1_400)).toEqual({ places: [1_000, 100, 44], told: [] });
    expect(held(undefined)).toEqual({ places: [1_000, 100, 44], told: [] });
  });

  it("are as many as there are descriptors for, and the log says what to do", () => {
    const { places, told } = held(1_399);
    expect(places).toEqual([999, 100, 44]);
    expect(told).toEqual([expect.stringMatching(/1399 files.*need 1400: 999 connections.*ulimit -n/)]);
  });

  it("give unauthenticated and plain HTTP connections at most a quarter each where descriptors are few", () => {
    expect(held(456).places).toEqual([106, 50, 44]);
    expect(held(10).places).toEqual([2, 1, 1]);
  });
});

it("the descriptors a process may open are read where the system tells them", () => {
  const told = "Limit  Soft Limit  Hard Limit  Units\nMax open files            20000   1048576   files\n";
  expect(descriptorsMax(() => told)).toBe(20_000);
  expect(descriptorsMax(() => told.replace("20000", "unlimited"))).toBeUndefined();
  expect(
    descriptorsMax(() => {
      throw new Error("no /proc here");
    }),
  ).toBeUndefined();
});
