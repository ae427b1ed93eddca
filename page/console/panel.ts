/** The panel "Console". */
import { element } from "../element.js";
import type { Panel } from "../panel.js";

export const consolePanel: Panel = {
  id: "console",
  title: "Console",
  mount(place) {
    place.append(element("h2", {}, "Console"));
    return { show() {}, hide() {}, draw() {} };
  },
};
