/** The field of one input: its text, its datatype where there are several, and an example on request. */
import { type Datatype, isDatatype } from "../../protocol/tensor.js";
import { element, setText } from "../element.js";
import { exampleText } from "./example-values.js";
import { shapeText, type TensorSignature } from "./servable-choices.js";

export class TensorField {
  readonly path: string;
  readonly text: HTMLTextAreaElement;
  private readonly datatypes: HTMLSelectElement;
  private readonly problem: HTMLElement;
  readonly root: HTMLElement;

  constructor(readonly signature: TensorSignature) {
    const { name, description, optional, datatypes } = signature;
    this.path = `inputs.${name}`;
    const id = `console-${this.path}`;
    const help = element(
      "p",
      { class: "hint", id: `${id}-help` },
      `${description} Shape ${shapeText(signature)}.`,
    );
    this.problem = element("p", { class: "problem", id: `${id}-problem` });
    this.text = element("textarea", {
      id,
      rows: optional ? 2 : 6,
      spellcheck: "false",
      autocomplete: "off",
      "aria-describedby": `${help.id} ${this.problem.id}`,
      placeholder: "Rows of numbers (CSV), or JSON",
      required: !optional,
    });
    if (datatypes.includes("BYTES")) this.text.placeholder = "A text on each line, or JSON";
    this.datatypes = element(
      "select",
      { "aria-label": `Datatype of ${name}` },
      ...datatypes.map((each) => element("option", { value: each }, each)),
    );
    const example = element("button", { type: "button", class: "small" }, "Example");
    example.setAttribute("aria-label", `Example for ${name}`);
    example.addEventListener("click", () => {
      this.text.value = exampleText(signature);
      this.text.dispatchEvent(new Event("input", { bubbles: true }));
    });
    this.root = element(
      "div",
      { class: "field" },
      element(
        "div",
        { class: "field-head" },
        element(
          "label",
          { for: id },
          name,
          optional ? "" : element("span", { class: "required" }, " required"),
        ),
        datatypes.length > 1 ? this.datatypes : element("span", { class: "hint" }, datatypes[0] ?? ""),
        example,
      ),
      this.text,
      this.problem,
      help,
    );
    this.text.addEventListener("input", () => this.mark(undefined));
  }

  get datatype(): Datatype {
    const { value } = this.datatypes;
    return isDatatype(value) ? value : "FP64";
  }

  set datatype(datatype: string) {
    if (this.signature.datatypes.includes(datatype)) this.datatypes.value = datatype;
  }

  mark(problem: string | undefined): void {
    setText(this.problem, problem ?? "");
    if (problem === undefined) this.text.removeAttribute("aria-invalid");
    else this.text.setAttribute("aria-invalid", "true");
  }
}
