/** The panel "Connections". */
import { element } from "../element.js";
import type { Panel } from "../panel.js";

export const connectionsPanel: Panel = {
  id: "connections",
  title: "Connections",
  mount(place) {
    place.append(element("h2", {}, "Connections"));
    return { show() {}, hide() {}, draw() {} };
  },
};
