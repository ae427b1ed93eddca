/** What the applications of each fit take from it, found once in the signatures. */
import type { Signature } from "../../engines/servable.js";

export interface ApplicationInputs {
  /** The names of its outputs that they take as inputs. */
  readonly attributes: ReadonlySet<string>;
  /** The names of the parameters that any of them has. */
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

  /** @param fit by its name */
  of(fit: string): ApplicationInputs {
    return this.byFit.get(fit) ?? nothing;
  }
}

function parametersOf(fit: string, signatures: readonly Signature[]): ReadonlySet<string> {
  const applications = signatures.filter(({ application }) => application?.of === fit);
  return new Set(applications.flatMap(({ parameters }) => parameters.map(({ name }) => name)));
}
