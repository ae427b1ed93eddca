/** What each signature says of fits and their applications, held against all the others. */
import { expect, it } from "vitest";
import { allFits, applications, fits } from "../../engines/numerics/index.js";
import type { Signature } from "../../engines/servable.js";
import { fitSignatures } from "../../gateway/fits/fit-servables.js";

const namesOf = (specs: readonly { readonly name: string }[]) => specs.map(({ name }) => name);
/** What an application reads; all its other inputs are attributes of the fit. */
const read = ["X", "lengths"];

/** The names that the applications of a fit take as inputs beside new rows. */
function taken(fit: string): ReadonlySet<string> {
  const its = applications.filter(({ signature }) => signature.application?.of === fit);
  return new Set(
    its.flatMap(({ signature }) => namesOf(signature.inputs)).filter((name) => !read.includes(name)),
  );
}

function fitNamed(name: string | undefined): Signature {
  const found = fits.find(({ signature }) => signature.name === name);
  if (found === undefined) throw new Error(`${name} is no fit`);
  return found.signature;
}

it.each(applications.map(({ signature }) => [signature.name, signature] as const))(
  "%s says what it is of: a fit of which it takes attributes and new rows, and nothing else",
  (name, { application, attributes, inputs }) => {
    expect(name).toBe(`${application?.of}.${application?.kind}`);
    expect(attributes).toBeUndefined();
    const fit = fitNamed(application?.of);
    const others = namesOf(inputs).filter((input) => !fit.attributes?.includes(input));
    expect(others[0]).toBe("X");
    expect(read).toEqual(expect.arrayContaining(others));
    expect(namesOf(fit.inputs)).toEqual(expect.arrayContaining(others));
  },
);

it.each(fits.map(({ signature }) => [signature.name, signature] as const))(
  "%s has for its attributes those of its outputs that its applications take, and no others",
  (name, { application, attributes = [], outputs }) => {
    expect(application).toBeUndefined();
    expect(namesOf(outputs)).toEqual(expect.arrayContaining([...attributes]));
    expect(new Set(attributes)).toEqual(taken(name));
    expect(new Set(attributes).size).toBe(attributes.length);
  },
);

it.each(
  applications
    .filter(({ signature }) => signature.application?.kind === "update")
    .map(({ signature }) => [signature.name, signature] as const),
)("%s answers attributes of its fit: otherwise it would renew nothing", (_, { application, outputs }) => {
  const { attributes = [] } = fitNamed(application?.of);
  expect(namesOf(outputs).filter((name) => attributes.includes(name))).not.toEqual([]);
});

it("all have names of their own", () => {
  const names = allFits.map(({ signature }) => signature.name);
  expect(new Set(names).size).toBe(names.length);
});

it("every fit with attributes takes keep_seconds, every application a handle, and nothing else either", () => {
  expect(namesOf(fitSignatures)).toEqual(allFits.map(({ signature }) => signature.name));
  for (const { name, application, attributes, parameters, outputs } of fitSignatures) {
    const has = namesOf(parameters);
    const isKept = attributes !== undefined;
    expect([name, has.includes("keep_seconds"), namesOf(outputs).includes("handle")]).toEqual([
      name,
      isKept,
      isKept,
    ]);
    expect([name, has.includes("handle")]).toEqual([name, application !== undefined]);
  }
});
