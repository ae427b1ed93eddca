/** Asks for a token, and says why: none was given, or the gateway refused it, or it expired. */
import { element, setText } from "../element.js";
import type { TokenReason } from "./connection-state.js";

const reasons: Readonly<Record<TokenReason, string>> = {
  needed: "This gateway asks for a token: an API key, or a JWT of an issuer that it trusts.",
  refused: "The gateway refused this token: it is unknown here, or it has expired. Check it, or use another.",
  expired:
    "The token is accepted no longer: it expired, or was revoked. Give a new one to go on where you are.",
};

/** As many characters as one header of the gateway's may have. */
const lengthMax = 8_192;

export class TokenDialog {
  private readonly why = element("p", { id: "token-why" });
  private readonly problem = element("p", { id: "token-problem", class: "problem", role: "alert" });
  private readonly input = element("input", {
    id: "token",
    type: "password",
    autocomplete: "current-password",
    spellcheck: "false",
    maxlength: lengthMax,
    "aria-describedby": "token-why token-problem",
  });
  readonly root: HTMLDialogElement;

  /** @param given is called with a token that can be one */
  constructor(private readonly given: (token: string) => void) {
    const form = element(
      "form",
      { method: "dialog", novalidate: true },
      element("h2", { id: "token-title" }, "Sign in"),
      this.why,
      // Password managers, and a warning in Chromium's console, ask for a name beside each password.
      element("input", { type: "text", autocomplete: "username", hidden: true }),
      element("label", { for: "token" }, "Token"),
      this.input,
      this.problem,
      element(
        "p",
        { class: "hint" },
        "It is kept until this tab is closed, and never becomes part of an address.",
      ),
      element(
        "div",
        { class: "actions" },
        element("button", { type: "submit", class: "primary" }, "Connect"),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.root = element("dialog", { "aria-labelledby": "token-title", class: "token-dialog" }, form);
    // Without a token there is nothing behind the dialog to go back to.
    this.root.addEventListener("cancel", (event) => event.preventDefault());
  }

  ask(why: TokenReason): void {
    setText(this.why, reasons[why]);
    setText(this.problem, "");
    this.input.value = "";
    if (!this.root.open) this.root.showModal();
    this.input.focus();
  }

  close(): void {
    if (this.root.open) this.root.close();
  }

  private submit(): void {
    const token = this.input.value.trim();
    const problem = problemOf(token);
    setText(this.problem, problem ?? "");
    this.input.setAttribute("aria-invalid", String(problem !== undefined));
    if (problem !== undefined) return this.input.focus();
    this.input.value = "";
    this.given(token);
  }
}

function problemOf(token: string): string | undefined {
  if (token === "") return "Paste the token here.";
  return /^[\x21-\x7e]+$/.test(token)
    ? undefined
    : "A token has no spaces and only ASCII characters: was more than the token copied?";
}
