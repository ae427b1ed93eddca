/** A line below the tabs that says what is the matter, as long as it is: the gateway is away, or a clock is wrong. */
import type { ConnectionState } from "../connection/connection-state.js";
import { element, setText } from "../element.js";

export class Notice {
  readonly root = element("p", { class: "notice", role: "status", hidden: true });

  show(state: ConnectionState, clockProblem: string | undefined): void {
    const text = noticeText(state) ?? clockProblem ?? "";
    this.root.hidden = text === "";
    this.root.dataset["kind"] = state.kind;
    setText(this.root, text);
  }
}

function noticeText(state: ConnectionState): string | undefined {
  if (state.kind === "failed")
    return `The gateway refuses the connection, and the page no longer tries: ${state.problem}. Reload to try again.`;
  if (state.kind !== "away") return undefined;
  return `The gateway does not answer: ${state.cause}. What you see is from before; the page connects again by itself.`;
}
