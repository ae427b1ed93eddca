/** A line below the tabs that says what is the matter, as long as it is: the gateway is away, or the page is old. */
import type { ConnectionState } from "../connection/connection-state.js";
import { element, setText } from "../element.js";

export class Notice {
  readonly root = element("p", { class: "notice", role: "status", hidden: true });

  private wasConnected = false;

  /** @param problem of the page itself, which matters while there is a connection */
  show(state: ConnectionState, problem: string | undefined): void {
    this.wasConnected ||= state.kind === "connected";
    const text = noticeText(state, this.wasConnected) ?? problem ?? "";
    this.root.hidden = text === "";
    this.root.dataset["kind"] = state.kind;
    setText(this.root, text);
  }
}

function noticeText(state: ConnectionState, wasConnected: boolean): string | undefined {
  if (state.kind === "failed")
    return `The gateway refuses the connection, and the page no longer tries: ${sentence(state.problem)} Reload to try again.`;
  if (state.kind !== "away") return undefined;
  const shown = wasConnected ? "What you see is from before; the page" : "The page";
  return `The gateway does not answer: ${sentence(state.cause)} ${shown} connects again by itself.`;
}

/** The end of a sentence, which a cause may have already. */
function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}
