/** The colours of regimes, read from the style sheet so that both themes have theirs. */
import { isRegime } from "../../chart/regimes.js";

export interface ChartColours {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly regimes: Readonly<Record<string, string>>;
}

export function chartColours(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: of("--text"),
    muted: of("--muted"),
    line: of("--line"),
    surface: of("--surface"),
    regimes: Object.fromEntries(
      ["unknown", "calm", "normal", "turbulent"].map((regime) => [regime, of(`--regime-${regime}`)]),
    ),
  };
}

/** The name that the style sheet has for a regime; detectors of other names are drawn as unknown. */
export function regimeClass(name: string): string {
  return isRegime(name) ? name : "unknown";
}

/** Calls `changed` when the page's theme changes. @returns ends the listening */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    system.removeEventListener("change", changed);
  };
}
