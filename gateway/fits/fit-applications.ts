/** What the applications of each fit use of its answer, read once from the signatures. */
import type { Signature } from "../../engines/servable.js";

export interface ApplicationInputs {
  /** The names of the fit's outputs that its applications take as inputs. */
  readonly attributes: ReadonlySet<string>;
  /** The names of the parameters that any of its applications has. */
  readonly parameters: ReadonlySet<string>;
}

const nothing: ApplicationInputs = { attributes: new Set(), parameters: new Set() };

export class FitApplications {
  private readonly byFit: ReadonlyMap<string, ApplicationInputs>;

  constructor(signatures: readonly Signature[]) {
    this.byFit = new Map(
      signatures
        .filter(({ attributes }) => attributes !== undefined)
        .map(({ name, attributes }) => [
          name,
          { attributes: new Set(attributes), parameters: parametersOf(name, signatures) },
        ]),
    );
  }

  /** @param fit the fit's name */
  of(fit: string): ApplicationInputs {
    return this.byFit.get(fit) ?? nothing;
  }
}

function parametersOf(fit: string, signatures: readonly Signature[]): ReadonlySet<string> {
  const applications = signatures.filter(({ application }) => application?.of === fit);
  return new Set(applications.flatMap(({ parameters }) => parameters.map(({ name }) => name)));
}
