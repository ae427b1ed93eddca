import { expect, it } from "vitest";
import { partOf } from "../../engines/numerics/estimator.js";
import { estimators } from "../../engines/numerics/index.js";
import { withParityTable } from "./parity-table.js";

it.each(estimators.map((estimator) => [estimator.fit.signature.name, estimator] as const))(
  "%s tells the parity of its fit and of each of its applications, and of nothing else",
  (_, { fit, applications, parity }) => {
    expect(Object.keys(parity).sort()).toEqual([fit, ...applications].map(partOf).sort());
  },
);

it("replaces what is between the marks, and refuses a page without them", () => {
  const page = withParityTable(
    "a\n<!-- parity: `npm run docs` writes what is between these lines -->\nold\n<!-- end of parity -->\nb",
    "new",
  );
  expect(page).toContain("\n\nnew\n\n");
  expect(page).not.toContain("old");
  expect(page.endsWith("\nb")).toBe(true);
  expect(() => withParityTable("no marks", "new")).toThrow("the page has no line");
});
