/** One line that tells what just happened, read out by screen readers, and gone after a while. */
import { element, setText } from "../element.js";

const shownMs = 8_000;

export class MessageLine {
  private timer: ReturnType<typeof setTimeout> | undefined;
  readonly root = element("p", { class: "message", role: "status", "aria-live": "polite" });

  tell(text: string): void {
    setText(this.root, text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => setText(this.root, ""), shownMs);
  }
}
