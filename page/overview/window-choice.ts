/** How far back the charts look: five minutes or half an hour. */
import { element } from "../element.js";

const windows = [
  { minutes: 5, title: "5 min" },
  { minutes: 30, title: "30 min" },
] as const;

export class WindowChoice {
  private minutes = 5;
  readonly root: HTMLElement;

  constructor(changed: () => void) {
    const buttons = windows.map(({ minutes, title }) => {
      const button = element("button", { type: "button", "aria-pressed": minutes === this.minutes }, title);
      button.addEventListener("click", () => {
        this.minutes = minutes;
        for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
        changed();
      });
      return button;
    });
    for (const [i, button] of buttons.entries()) button.setAttribute("aria-pressed", String(i === 0));
    this.root = element("div", { class: "choice", role: "group", "aria-label": "Time shown" }, ...buttons);
  }

  get ms(): number {
    return this.minutes * 60_000;
  }
}
