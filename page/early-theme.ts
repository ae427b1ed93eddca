/** Applies the theme that was chosen earlier, before anything is painted. */
import { applyTheme, keptTheme } from "./shell/theme.js";

applyTheme(keptTheme());
