/** The form of a servable, made from its signature; it gives the request, or marks what is wrong. */

import type { ParameterValue } from "../../protocol/frames.js";
import type { Tensor } from "../../protocol/tensor.js";
import { element, setText } from "../element.js";
import { exampleReturns, exampleText } from "./example-values.js";
import { fieldErrorOf } from "./field-errors.js";
import { readParameter } from "./parameter-fields.js";
import { ParameterInput } from "./parameter-input.js";
import type { FormValues } from "./request-history.js";
import type { ConsoleRequest } from "./request-snippets.js";
import type { ServableChoice, TensorSignature } from "./servable-choices.js";
import { TensorField } from "./tensor-field.js";
import { readTensor } from "./tensor-text.js";

/** A detector has no inputs of its own: it is tried on observations. */
export const observationsInput: TensorSignature = {
  name: "observations",
  datatypes: ["FP64"],
  shape: ["n", "d"],
  optional: false,
  description:
    "Observations, one a row, oldest first. A stream is opened for them, and closed after the answer.",
};

export class RequestForm {
  private readonly tensors: readonly TensorField[];
  private readonly parameters: readonly ParameterInput[];
  private readonly problem = element("p", { class: "problem", role: "alert" });
  readonly root: HTMLElement;

  constructor(readonly choice: ServableChoice) {
    const inputs = choice.group === "Detectors" ? [observationsInput] : choice.inputs;
    this.tensors = inputs.map((signature) => new TensorField(signature));
    this.parameters = choice.parameters.map((parameter) => new ParameterInput(parameter));
    const required = this.tensors.filter(({ signature }) => !signature.optional);
    const optional = this.tensors.filter(({ signature }) => signature.optional);
    this.root = element("div", { class: "request-form" }, ...required.map(({ root }) => root));
    if (optional.length > 0)
      this.root.append(folded(`Optional inputs (${optional.length})`, "stack", optional));
    if (this.parameters.length > 0)
      this.root.append(folded(`Parameters (${this.parameters.length})`, "parameter-fields", this.parameters));
    this.root.append(this.problem);
    this.root.addEventListener("input", () => setText(this.problem, ""));
  }

  fillExample(): void {
    const required = this.tensors.filter(({ signature }) => !signature.optional);
    // Where all are optional, such as the observations of monte_carlo_var or their moments, the first will do.
    for (const { signature, text, root } of required.length > 0 ? required : this.tensors.slice(0, 1)) {
      text.value = signature === observationsInput ? exampleReturns() : exampleText(signature);
      open(root);
    }
    this.clear();
  }

  get values(): FormValues {
    const fields = [
      ...this.tensors.map(({ path, text }) => [path, text.value]),
      ...this.parameters.map(({ path, control }) => [path, control.value]),
    ];
    return {
      servable: this.choice.key,
      fields: Object.fromEntries(fields.filter(([, text]) => text !== "")),
      datatypes: Object.fromEntries(this.tensors.map(({ path, datatype }) => [path, datatype])),
    };
  }

  set values({ fields, datatypes }: FormValues) {
    for (const tensor of this.tensors) {
      tensor.text.value = fields[tensor.path] ?? "";
      tensor.datatype = datatypes[tensor.path] ?? "";
      if (tensor.text.value !== "") open(tensor.root);
    }
    for (const { path, control, root } of this.parameters) {
      control.value = fields[path] ?? "";
      if (control.value !== "") open(root);
    }
    this.clear();
  }

  /** Fills one parameter, such as the handle of a fit. @returns whether the form has it */
  fill(parameter: string, value: string): boolean {
    const field = this.parameters.find(({ path }) => path === `parameters.${parameter}`);
    if (field === undefined) return false;
    field.control.value = value;
    open(field.root);
    return true;
  }

  /** The request; undefined where a field is wrong, which then says so and has the focus. */
  read(): ConsoleRequest | undefined {
    this.clear();
    const inputs: Record<string, Tensor> = {};
    const parameters: Record<string, ParameterValue> = {};
    const wrong: HTMLElement[] = [];
    const refuse = (field: TensorField | ParameterInput, control: HTMLElement, problem: string) => {
      field.mark(problem);
      open(field.root);
      wrong.push(control);
    };
    for (const field of this.tensors) {
      const { signature, text, datatype } = field;
      if (text.value.trim() === "") {
        if (!signature.optional) refuse(field, text, "This input is required.");
        continue;
      }
      const reading = readTensor(text.value, signature, datatype);
      if ("problem" in reading) refuse(field, text, reading.problem);
      else inputs[signature.name] = reading.tensor;
    }
    for (const field of this.parameters) {
      const reading = readParameter(field.control.value, field.parameter);
      if ("problem" in reading) refuse(field, field.control, reading.problem);
      else if (reading.value !== undefined) parameters[field.parameter.name] = reading.value;
    }
    wrong[0]?.focus();
    if (wrong.length > 0) return undefined;
    return { model: this.choice.name, version: this.choice.version, inputs, parameters };
  }

  /** Shows a refusal of the gateway beside the field that it names. */
  refused(message: string): void {
    const named =
      this.choice.group === "Detectors"
        ? message.replace(/^history(\.values)?\b/, "inputs.observations")
        : message;
    const fields = [...this.tensors, ...this.parameters];
    const { field, message: rest } = fieldErrorOf(
      named,
      fields.map(({ path }) => path),
    );
    const marked = fields.find(({ path }) => path === field);
    if (marked === undefined) return setText(this.problem, message);
    marked.mark(rest);
    open(marked.root);
    marked.root.querySelector<HTMLElement>("textarea, input, select:not([aria-label])")?.focus();
  }

  private clear(): void {
    setText(this.problem, "");
    for (const field of [...this.tensors, ...this.parameters]) field.mark(undefined);
  }
}

function folded(title: string, kind: string, fields: readonly { readonly root: HTMLElement }[]): HTMLElement {
  return element(
    "details",
    {},
    element("summary", {}, title),
    element("div", { class: kind }, ...fields.map(({ root }) => root)),
  );
}

/** A field that is filled or wrong must be seen. */
function open(field: HTMLElement): void {
  field.closest("details")?.setAttribute("open", "");
}
