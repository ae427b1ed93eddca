/** Buttons that copy the form's request as a program. */
import { element } from "../element.js";
import {
  type ConsoleRequest,
  requestSnippet,
  snippetElementsMax,
  snippetLanguages,
} from "./request-snippets.js";

export class SnippetButtons {
  private readonly text = element("textarea", {
    readonly: true,
    rows: 10,
    "aria-label": "The request as a program",
  });
  readonly root: HTMLElement;

  /**
   * @param request the form's request; undefined where a field is wrong
   * @param announce tells what became of it
   */
  constructor(request: () => ConsoleRequest | undefined, announce: (text: string) => void) {
    this.text.hidden = true;
    const buttons = snippetLanguages.map((language) => {
      const button = element("button", { type: "button", class: "small" }, language);
      button.addEventListener("click", async () => {
        const asked = request();
        if (asked === undefined) return;
        const snippet = requestSnippet(language, asked, location.origin);
        if (snippet === undefined)
          return announce(`The request has more than ${snippetElementsMax} values, too many for a program.`);
        this.text.value = snippet;
        this.text.hidden = false;
        announce(await copied(snippet, this.text, language));
      });
      return button;
    });
    this.root = element(
      "div",
      { class: "snippets" },
      element("div", { class: "actions" }, element("span", { class: "hint" }, "Copy as"), ...buttons),
      this.text,
    );
  }
}

/** Browsers give the clipboard only to pages that came encrypted or from this machine: else the text is selected. */
async function copied(snippet: string, text: HTMLTextAreaElement, language: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(snippet);
    return `The request is in the clipboard, as ${language}.`;
  } catch {
    text.select();
    return "The browser does not give this page the clipboard; the text is selected, copy it with the keyboard.";
  }
}
