/** The light and the dark theme: the system's, until somebody chooses one. The choice is kept in this browser. */

export type Theme = "system" | "light" | "dark";

const key = "headgate.theme";

export function keptTheme(): Theme {
  try {
    const kept = localStorage.getItem(key);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system"; // the browser keeps nothing for this page
  }
}

export function keepTheme(theme: Theme): void {
  try {
    if (theme === "system") localStorage.removeItem(key);
    else localStorage.setItem(key, theme);
  } catch {
    // It then lasts as long as the page.
  }
}

/** The style sheet reads the attribute; without it, it follows the system. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

export function isDark(): boolean {
  const chosen = document.documentElement.dataset["theme"];
  return chosen === undefined ? matchMedia("(prefers-color-scheme: dark)").matches : chosen === "dark";
}
