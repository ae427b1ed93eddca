import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { costMaxima } from "../../engines/numerics/cost-maxima.js";
import { fits } from "../../engines/numerics/index.js";
import type { Parameters, ParameterValue } from "../../engines/servable.js";
import { type Golden, runFit, tensor } from "../golden/golden.js";

/** The type of a Python value, itself as JSON or text, and whether scikit-learn took it. */
type Tried = readonly [type: string, value: ParameterValue, taken: boolean];

interface ParameterTable {
  readonly X: Golden;
  readonly settings: Readonly<Record<string, Parameters>>;
  readonly beside: readonly (readonly [fit: string, parameter: string, more: Parameters])[];
  /** Parameters of scikit-learn's that change no result, or that are an input on the wire: unknown here. */
  readonly clients_own: Readonly<Record<string, readonly string[]>>;
  /** Where the wire differs, as docs/numerics.md says. */
  readonly differing: Readonly<
    Record<string, readonly (readonly [parameter: string, type: string, value: ParameterValue])[]>
  >;
  readonly taken: Readonly<Record<string, Readonly<Record<string, readonly Tried[]>>>>;
}

const golden = JSON.parse(
  readFileSync(new URL("../golden/parameters.json", import.meta.url), "utf8"),
) as ParameterTable;

/** Whether docs/numerics.md says that the wire differs from scikit-learn at this value. */
function documented(fit: string, name: string, value: ParameterValue): boolean {
  const differing = golden.differing[fit] ?? [];
  return differing.some(([parameter, , other]) => parameter === name && other === value);
}

/** One of each plain value: 1 and 1.0 look alike on the wire, and a bool is no number there. */
function plainValues(tried: readonly Tried[], flags: boolean): Map<ParameterValue, boolean> {
  const values = new Map<ParameterValue, boolean>();
  for (const [type, value, taken] of tried) {
    if (!["int", "float", "str", "bool", "NoneType"].includes(type)) continue;
    if (type === "float" && typeof value === "string") continue; // no infinity in JSON
    if (type === "bool" && !flags) continue;
    values.set(value, taken || values.get(value) === true);
  }
  return values;
}

const rows = Object.entries(golden.taken).flatMap(([fit, parameters]) =>
  Object.entries(parameters).map(([name, tried]) => ({ fit, name, tried })),
);

describe("a fit's parameters", () => {
  it.each(rows)("$fit: $name is what scikit-learn takes", async ({ fit, name, tried }) => {
    const spec = fits
      .find(({ signature }) => signature.name === fit)
      ?.signature.parameters.find((each) => each.name === name);
    if (spec === undefined) return expect(golden.clients_own[fit]).toContain(name);
    const flags = spec.anyOf.some(({ type }) => type === "boolean");
    const more = golden.beside.find(([of, parameter]) => of === fit && parameter === name)?.[2];
    const wrong: unknown[] = [];
    for (const [value, taken] of plainValues(tried, flags)) {
      const given = { ...golden.settings[fit], ...more, [name]: value };
      const problem = await runFit(fit, { X: tensor(golden.X) }, given).then(
        () => undefined,
        (error: Error) => error.message,
      );
      if (problem !== undefined && !problem.startsWith(`parameters.${name}: `)) wrong.push([value, problem]);
      if ((problem === undefined) !== taken && !documented(fit, name, value))
        wrong.push([value, taken, problem]);
    }
    expect(wrong).toEqual([]);
  });

  it("has no parameter of scikit-learn's that the table does not try", () => {
    const tried = new Set(rows.map(({ fit, name }) => `${fit}.${name}`));
    for (const { signature } of fits) {
      if (golden.taken[signature.name] === undefined) continue;
      for (const { name } of signature.parameters) {
        if (ownToWire.has(name)) continue;
        expect(tried).toContain(`${signature.name}.${name}`);
      }
    }
  });

  it("bounds what multiplies its cost, with an error that names it", async () => {
    const given = { svd_solver: "randomized", n_components: 2, n_oversamples: 2 ** 31 };
    const refusal = runFit("pca", { X: tensor(golden.X) }, given);
    await expect(refusal).rejects.toThrow(
      new RegExp(`^parameters\\.n_oversamples: .*at most ${costMaxima.oversamples}; got 2147483648`),
    );
  });
});

/** Parameters that scikit-learn has not: alpha is an entry of its fun_args. */
const ownToWire = new Set(["precision", "alpha", "store_moments"]);
