/** The field of one parameter: a list where only some values are possible, else a line of text. */
import type { ParameterDescription } from "../../client/typescript/parameters-schema.js";
import { element, setText } from "../element.js";
import { parameterField } from "./parameter-fields.js";

/** Characters of help that a field shows at once. */
const allowedShownMax = 160;

export class ParameterInput {
  readonly path: string;
  readonly control: HTMLInputElement | HTMLSelectElement;
  private readonly problem: HTMLElement;
  readonly root: HTMLElement;

  constructor(readonly parameter: ParameterDescription) {
    const { name, help, allowed, fallback, choices, inputMode } = parameterField(parameter);
    this.path = `parameters.${name}`;
    const id = `console-${this.path}`;
    this.problem = element("p", { class: "problem", id: `${id}-problem` });
    const isLong = allowed.length > allowedShownMax;
    const hint =
      choices !== undefined
        ? help
        : `${help} It must be ${isLong ? `${allowed.slice(0, allowedShownMax)}…` : `${allowed}.`}`;
    const hintElement = element("p", { class: "hint", id: `${id}-help` }, hint);
    const described = { id, "aria-describedby": `${hintElement.id} ${this.problem.id}` };
    const byDefault = fallback === undefined ? "left out" : `default: ${fallback}`;
    this.control =
      choices === undefined
        ? element("input", {
            ...described,
            type: "text",
            inputmode: inputMode,
            placeholder: byDefault,
            autocomplete: "off",
          })
        : element(
            "select",
            described,
            element("option", { value: "" }, byDefault),
            ...choices.map((choice) => element("option", { value: choice }, choice)),
          );
    this.root = element(
      "div",
      { class: "field" },
      element("label", { for: id }, name),
      this.control,
      this.problem,
      hintElement,
    );
    this.control.addEventListener("input", () => this.mark(undefined));
  }

  mark(problem: string | undefined): void {
    setText(this.problem, problem ?? "");
    if (problem === undefined) this.control.removeAttribute("aria-invalid");
    else this.control.setAttribute("aria-invalid", "true");
  }
}
