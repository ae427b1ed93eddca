/** Reads a fit's parameters by type, after they are validated and completed with the signature's defaults. */
import type { Parameters, ParameterValue, Signature } from "../servable.js";
import { validateParameters } from "../validate.js";

export class ParameterReader {
  readonly #values: Parameters;

  /** @throws HeadgateError `invalid_argument` naming an unknown parameter or one out of its bounds */
  constructor(signature: Signature, given: Parameters) {
    this.#values = validateParameters(signature.name, signature.parameters, given);
  }

  get(name: string): ParameterValue {
    const value = this.#values[name];
    if (value === undefined) throw new TypeError(`the signature has no parameter ${name}`);
    return value;
  }

  number(name: string): number {
    const value = this.get(name);
    if (typeof value !== "number") throw new TypeError(`parameter ${name} is no number`);
    return value;
  }

  flag(name: string): boolean {
    return this.get(name) === true;
  }
}
