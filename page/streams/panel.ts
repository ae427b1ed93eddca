/** The panel "Streams". */
import { element } from "../element.js";
import type { Panel } from "../panel.js";

export const streamsPanel: Panel = {
  id: "streams",
  title: "Streams",
  mount(place) {
    place.append(element("h2", {}, "Streams"));
    return { show() {}, hide() {}, draw() {} };
  },
};
