/** The panel "Overview". */
import { element } from "../element.js";
import type { Panel } from "../panel.js";

export const overviewPanel: Panel = {
  id: "overview",
  title: "Overview",
  mount(place) {
    place.append(element("h2", {}, "Overview"));
    return { show() {}, hide() {}, draw() {} };
  },
};
