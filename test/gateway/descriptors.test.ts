import { describe, expect, it } from "vitest";
import { parseConfig } from "../../gateway/config.js";
import { connectionsMax, descriptorsMax } from "../../gateway/descriptors.js";

const { limits } = parseConfig({
  limits: { connections: 1_000, unauthenticated_connections: 100, http_connections: 44 },
});

function held(descriptors: number | undefined) {
  const told: string[] = [];
  const connections = connectionsMax(limits, descriptors, {
    warn: (...line: unknown[]) => told.push(String(line.at(-1))),
  });
  return { connections, told };
}

describe("connections", () => {
  it("are those of the limit where there are descriptors for all, and 256 for the rest", () => {
    expect(held(1_400)).toEqual({ connections: 1_000, told: [] });
    expect(held(undefined)).toEqual({ connections: 1_000, told: [] });
  });

  it("are as many as there are descriptors for, and the log says what to do", () => {
    const { connections, told } = held(1_399);
    expect(connections).toBe(999);
    expect(told).toEqual([expect.stringMatching(/1399 files.*needs 1400: 999 connections.*ulimit -n/)]);
    expect(held(10).connections).toBe(1);
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
