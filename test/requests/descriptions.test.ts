import { expect, it } from "vitest";
import { Catalog } from "../../gateway/catalog/catalog.js";
import { Descriptions } from "../../gateway/requests/descriptions.js";
import { model } from "../support/servables.js";

function harness() {
  const catalog = new Catalog();
  const servable = model();
  catalog.set(servable, { kind: "loading" });
  let measured: { machine: string; backends: [] } | null = null;
  const descriptions = new Descriptions(
    catalog,
    [],
    () => measured,
    (text) => text,
  );
  const { name, version } = servable.signature;
  const told = () => descriptions.of(undefined);
  return {
    catalog,
    servable,
    name,
    version,
    descriptions,
    told,
    measure: () => (measured = { machine: "m", backends: [] }),
  };
}

it("is made once while nothing changes, of all and of each model", () => {
  const { descriptions, name } = harness();
  expect(descriptions.of(undefined)).toBe(descriptions.of(undefined));
  expect(descriptions.of(name)).toBe(descriptions.of(name));
  expect(descriptions.of(name)).not.toBe(descriptions.of(undefined));
});

it("is made anew when a state, the traffic, a refusal, a card, the measured kernels or the versions change", () => {
  const { catalog, servable, name, version, descriptions, told, measure } = harness();
  const changes: (() => void)[] = [
    () => catalog.set(servable, { kind: "ready" }),
    () => catalog.route(name, { shadow: version }),
    () => catalog.refuse("other", "no model.onnx"),
    () => catalog.setCard(name, "# Card\n\nWhat it is."),
    () => measure(),
    () => catalog.remove(name, version),
  ];
  for (const change of changes) {
    const [answer, before] = [descriptions.of(undefined), told()];
    change();
    expect(descriptions.of(undefined)).not.toBe(answer);
    expect(told()).not.toEqual(before);
  }
});

it("is made anew when other batches are computed on the thread of the sockets", () => {
  const catalog = new Catalog();
  const servable = model();
  const now = { revision: 0 };
  catalog.set(servable, { kind: "ready" });
  const descriptions = new Descriptions(
    catalog,
    [],
    () => null,
    (text) => text,
    () => {},
    () => now.revision,
  );
  const before = descriptions.of(undefined);
  expect(descriptions.of(undefined)).toBe(before);
  now.revision++;
  expect(descriptions.of(undefined)).not.toBe(before);
});
