/** The line at the top: which gateway this is, how it is, how the connection is, the theme, and signing out. */
import { type ConnectionState, connectionText } from "../connection/connection-state.js";
import { element, setText } from "../element.js";
import { themeSwitch } from "./theme-switch.js";

export type GatewayState = "ready" | "not_ready" | "draining";

const stateWords: Readonly<Record<GatewayState, string>> = {
  ready: "ready",
  not_ready: "not ready",
  draining: "draining",
};

export class Header {
  private readonly name = element("span", { class: "gateway" }, "Headgate");
  private readonly version = element("span", { class: "version" });
  private readonly state = element("span", { class: "pill", hidden: true });
  private readonly connection = element("span", { class: "connection", role: "status" });
  private readonly connectionWords = element("span");
  private readonly signOut = element("button", { type: "button", class: "quiet", hidden: true }, "Sign out");
  readonly root: HTMLElement;

  constructor(signOut: () => void) {
    this.connection.append(element("span", { class: "dot", "aria-hidden": "true" }), this.connectionWords);
    this.signOut.addEventListener("click", signOut);
    this.root = element(
      "header",
      { class: "top" },
      element("h1", {}, this.name, " ", this.version),
      this.state,
      this.connection,
      element("div", { class: "settings" }, this.signOut, themeSwitch()),
    );
  }

  showGateway(version: string): void {
    setText(this.version, version);
  }

  showState(state: GatewayState | undefined): void {
    this.state.hidden = state === undefined;
    if (state === undefined) return;
    setText(this.state, stateWords[state]);
    this.state.dataset["state"] = state;
  }

  showConnection(state: ConnectionState, now: number, hasToken: boolean): void {
    setText(this.connectionWords, connectionText(state, now));
    this.connection.dataset["state"] = state.kind;
    this.connection.title =
      state.kind === "away" ? state.cause : state.kind === "failed" ? state.problem : "";
    this.signOut.hidden = !hasToken;
  }
}
