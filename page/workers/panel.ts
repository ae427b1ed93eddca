/** The panel "Workers". */
import { element } from "../element.js";
import type { Panel } from "../panel.js";

export const workersPanel: Panel = {
  id: "workers",
  title: "Workers",
  mount(place) {
    place.append(element("h2", {}, "Workers"));
    return { show() {}, hide() {}, draw() {} };
  },
};
