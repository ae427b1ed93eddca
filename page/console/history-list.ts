/** The requests of this session; each can be put back into the form. */
import { element } from "../element.js";
import { type FormValues, historyMax, type PastRequest } from "./request-history.js";

export class HistoryList {
  private readonly list = element("ol", { class: "history", reversed: true });
  private readonly hint = element(
    "p",
    { class: "hint" },
    `The last ${historyMax} requests of this session are kept here.`,
  );
  readonly root = element(
    "section",
    { class: "history-section" },
    element("h2", {}, "History"),
    this.hint,
    this.list,
  );

  /** @param again is called with the values of a request that is to be filled in again */
  constructor(private readonly again: (values: FormValues) => void) {}

  show(past: readonly PastRequest[]): void {
    this.hint.hidden = past.length > 0;
    this.list.replaceChildren(...past.map((request) => this.item(request)));
  }

  private item({ number, label, at, outcome, summary, values }: PastRequest): HTMLElement {
    const time = new Date(at).toISOString().slice(11, 19);
    const text = [
      element("span", { class: "history-label" }, label),
      element("span", { class: outcome === "failed" ? "problem" : "hint" }, summary),
      element("span", { class: "hint" }, `${time} UTC`),
    ];
    if (values === undefined)
      return element(
        "li",
        { value: number },
        ...text,
        element("span", { class: "hint" }, "too large to keep"),
      );
    const button = element("button", { type: "button", class: "quiet" }, ...text);
    button.addEventListener("click", () => this.again(values));
    return element("li", { value: number }, button);
  }
}
