import { describe, expect, it } from "vitest";
import type { Servable } from "../../engines/servable.js";
import { Catalog } from "../../gateway/catalog/catalog.js";
import type { ServableState } from "../../gateway/catalog/catalog-entry.js";
import { model } from "../support/servables.js";

const ready: ServableState = { kind: "ready" };
const loading: ServableState = { kind: "loading" };
const broken: ServableState = { kind: "unavailable", reason: "golden answer not reproduced" };

function version(of: string): Servable {
  const made = model();
  return { ...made, signature: { ...made.signature, version: of } };
}

function catalogOf(versions: Readonly<Record<string, ServableState>>): Catalog {
  const catalog = new Catalog();
  for (const [name, state] of Object.entries(versions)) catalog.set(version(name), state);
  return catalog;
}

const resolved = (catalog: Catalog, asked?: string) => catalog.resolve("echo", asked).signature.version;

describe("a version that expires", () => {
  const expired =
    "it expired at 2026-12-01T00:00:00.000Z: train and publish a new version, or promote another one";
  function mortal() {
    const expiresTs = Date.parse("2026-12-01T00:00:00Z");
    const clock = { time: expiresTs - 1, wall: () => clock.time };
    const catalog = new Catalog(clock);
    catalog.set(version("1"), ready);
    catalog.set({ ...version("2"), expiresTs }, ready);
    return { catalog, clock, expiresTs };
  }

  it("answers until its time, and refuses from then on, however it was chosen; no other takes its place", () => {
    const { catalog, clock, expiresTs } = mortal();
    catalog.route("echo", { weights: { "2": 1 }, aliases: { champion: "2" } });
    for (const asked of [undefined, "2", "champion"]) expect(resolved(catalog, asked)).toBe("2");
    clock.time = expiresTs;
    for (const asked of [undefined, "2", "champion"])
      expect(() => resolved(catalog, asked)).toThrow(
        expect.objectContaining({
          code: "failed_precondition",
          processed: "no",
          retryable: false,
          message: `model: echo version 2 is not asked any more: ${expired}`,
        }),
      );
    expect(resolved(catalog, "1")).toBe("1");
    expect(Object.fromEntries(catalog.shares("echo"))).toEqual({ "2": 1 });
  });

  it("keeps its share of a split: those who were given it are refused, and the others answered", () => {
    const { catalog, clock, expiresTs } = mortal();
    catalog.route("echo", { weights: { "1": 1, "2": 1 } });
    const given = (tenant: string) => catalog.resolve("echo", undefined, tenant).signature.version;
    const tenants = Array.from({ length: 40 }, (_, at) => `desk-${at}`);
    const before = tenants.map(given);
    clock.time = expiresTs;
    const outcome = (tenant: string) => {
      try {
        return given(tenant);
      } catch {
        return "refused";
      }
    };
    expect(tenants.map(outcome)).toEqual(before.map((each) => (each === "2" ? "refused" : each)));
    expect(new Set(before)).toEqual(new Set(["1", "2"]));
  });

  it("is told as not available, and changes the revision once; a clock that is set back revives it", () => {
    const { catalog, clock, expiresTs } = mortal();
    const states = () => catalog.all().map(({ state }) => ("reason" in state ? state.reason : state.kind));
    const first = catalog.revision;
    expect(states()).toEqual(["ready", "ready"]);
    clock.time = expiresTs + 5;
    expect(states()).toEqual(["ready", expired]);
    const second = catalog.revision;
    expect(second).not.toBe(first);
    expect(catalog.revision).toBe(second);
    clock.time = expiresTs - 5;
    expect(states()).toEqual(["ready", "ready"]);
    expect(catalog.revision).not.toBe(second);
    catalog.remove("echo", "2");
    expect([...catalog.expiring()]).toEqual([]);
  });
});

describe("resolve", () => {
  it("finds the highest ready version by number, or the one asked for", () => {
    const catalog = catalogOf({ "9": ready, "10": ready, "11": loading, "12": broken });
    expect(resolved(catalog)).toBe("10");
    expect(resolved(catalog, "9")).toBe("9");
  });

  it("says why nothing can answer", () => {
    expect(() => resolved(catalogOf({ "1": loading }))).toThrow(
      expect.objectContaining({
        code: "unavailable",
        processed: "no",
        retryable: true,
        message: "model: echo version 1: still loading",
      }),
    );
    expect(() => resolved(catalogOf({ "1": ready, "2": broken }), "2")).toThrow(
      "model: echo version 2: golden answer not reproduced",
    );
  });

  it("says what there is when the name or the version is wrong", () => {
    const catalog = catalogOf({ "1": ready, "2": ready });
    expect(() => catalog.resolve("ecko")).toThrow(
      expect.objectContaining({ code: "not_found", message: 'model: no model "ecko"; there are echo' }),
    );
    expect(() => resolved(catalog, "3")).toThrow(
      expect.objectContaining({
        code: "not_found",
        message: 'version: echo has no version "3"; it has 1, 2',
      }),
    );
  });

  it("tells a model that is on disk and not served from one that is not there", () => {
    const catalog = catalogOf({});
    catalog.refuse("broken", "config.json: no input");
    expect(() => catalog.resolve("broken")).toThrow(
      expect.objectContaining({
        code: "unavailable",
        message: "model: broken is not served: config.json: no input",
      }),
    );
  });
});

it("a version's state is replaced, not added", () => {
  const catalog = catalogOf({ "1": loading });
  catalog.set(version("1"), ready);
  expect(catalog.all().map(({ state }) => state)).toEqual([ready]);
});

it("a version that is removed is unknown, and the next one answers", () => {
  const catalog = catalogOf({ "1": ready, "2": ready });
  catalog.remove("echo", "2");
  expect(resolved(catalog)).toBe("1");
  expect(() => catalog.resolve("echo", "2")).toThrow('version: echo has no version "2"; it has 1');
  catalog.remove("echo", "1");
  expect(() => catalog.resolve("echo")).toThrow(/no model "echo"/);
});

describe("routing", () => {
  const split = () => {
    const catalog = catalogOf({ "1": ready, "2": ready, "3": ready });
    catalog.route("echo", { weights: { "1": 3, "2": 1, "9": 5 }, shadow: "3" });
    return catalog;
  };
  const by = (catalog: Catalog, tenant: string, key?: string) =>
    catalog.resolve("echo", undefined, tenant, key).signature.version;

  it("splits the traffic by weight among the versions that can answer", () => {
    const catalog = split();
    expect(Object.fromEntries(catalog.shares("echo"))).toEqual({ "1": 0.75, "2": 0.25 });
    const versions = Array.from({ length: 200 }, (_, i) => by(catalog, `desk-${i}`));
    expect(new Set(versions)).toEqual(new Set(["1", "2"]));
  });

  it("keeps a tenant, or a sticky key whoever sends it, on one version", () => {
    const catalog = split();
    const tenants = Array.from({ length: 50 }, (_, i) => `desk-${i}`);
    for (const tenant of tenants) expect(by(catalog, tenant)).toBe(by(catalog, tenant));
    expect(new Set(tenants.map((tenant) => by(catalog, tenant, "SPX"))).size).toBe(1);
    expect(new Set(tenants.map((key) => by(catalog, "desk", key))).size).toBe(2);
  });

  it("gives an explicit version what it asks for, a shadow too", () => {
    expect(resolved(split(), "2")).toBe("2");
    expect(resolved(split(), "3")).toBe("3");
  });

  it("leaves out a version that cannot answer", () => {
    const catalog = split();
    catalog.set(version("1"), broken);
    expect(Object.fromEntries(catalog.shares("echo"))).toEqual({ "2": 1 });
    catalog.set(version("2"), loading);
    expect(() => by(catalog, "desk")).toThrow(/version 3|version 2|version 1/);
  });
});
