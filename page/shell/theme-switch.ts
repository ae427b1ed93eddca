/** Chooses between the system's theme, the light one and the dark one. */
import { element } from "../element.js";
import { applyTheme, keepTheme, keptTheme, type Theme } from "./theme.js";

const themes: Readonly<Record<Theme, string>> = { system: "System", light: "Light", dark: "Dark" };

/** Charts draw on a canvas, which no style sheet reaches: they listen to this event of the document. */
export const themeChanged = "headgate:theme";

export function themeSwitch(): HTMLElement {
  const select = element("select", { "aria-label": "Theme", class: "quiet" });
  for (const [theme, title] of Object.entries(themes))
    select.append(element("option", { value: theme }, title));
  select.value = keptTheme();
  const changed = () => document.dispatchEvent(new Event(themeChanged));
  select.addEventListener("change", () => {
    const theme = select.value as Theme;
    keepTheme(theme);
    applyTheme(theme);
    changed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  return select;
}
