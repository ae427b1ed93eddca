/** Shows an answer: its timing, its tables or its JSON. Everything is bounded, however large the tensors are. */
import type { InferResult } from "../../client/typescript/options.js";
import type { Tensor } from "../../protocol/tensor.js";
import { element } from "../element.js";
import { answerJson } from "./answer-cells.js";
import { type AnswerTable, answerTables, shownRowsMax } from "./answer-tables.js";

/** What the console was answered. */
export interface ConsoleAnswer {
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Milliseconds from sending to the answer, as this page measured them. */
  readonly roundTripMs: number;
  /** Undefined for a detector, whose stream tells no timing. */
  readonly result: InferResult | undefined;
}

export function answerView(answer: ConsoleAnswer): readonly HTMLElement[] {
  const tables = element("div", { class: "answer-tables" }, ...answerTables(answer.outputs).map(tableView));
  const json = element("pre", { class: "answer-json", tabindex: 0, "aria-label": "Answer as JSON" });
  json.hidden = true;
  const choice = element("button", { type: "button", class: "small", "aria-pressed": "false" }, "JSON");
  choice.addEventListener("click", () => {
    const isJson = choice.getAttribute("aria-pressed") !== "true";
    choice.setAttribute("aria-pressed", String(isJson));
    if (isJson && json.textContent === "") json.textContent = answerJson(answer.outputs, shownRowsMax);
    json.hidden = !isJson;
    tables.hidden = isJson;
  });
  return [element("div", { class: "answer-head" }, timingView(answer), choice), tables, json];
}

function timingView({ result, roundTripMs }: ConsoleAnswer): HTMLElement {
  const facts: [string, string][] = [["round trip", ms(roundTripMs)]];
  if (result !== undefined) {
    const { timing, backend, precision, model, version, cached } = result;
    facts.push(
      ["waited", ms(timing.queueMs)],
      ["computed", ms(timing.computeMs)],
      ["batch", String(timing.batchSize)],
      ["backend", precision === "" ? backend : `${backend}, ${precision}`],
      ["answered by", version === "" ? model : `${model}, version ${version}`],
    );
    if (cached) facts.push(["cached", "yes"]);
  }
  return element(
    "dl",
    { class: "timing" },
    ...facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
  );
}

function tableView({ title, columns, rows, rest }: AnswerTable): HTMLElement {
  const table = element(
    "table",
    { class: "answer" },
    element("caption", {}, title),
    element(
      "thead",
      {},
      element("tr", {}, ...columns.map((column) => element("th", { scope: "col" }, column))),
    ),
    element(
      "tbody",
      {},
      ...rows.map(([first = "", ...cells]) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, first),
          ...cells.map((cell) => element("td", {}, cell)),
        ),
      ),
    ),
  );
  const frame = element(
    "div",
    { class: "scrolled", tabindex: 0, role: "region", "aria-label": title },
    table,
  );
  return element("div", {}, frame, rest === undefined ? "" : element("p", { class: "hint" }, rest));
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}
