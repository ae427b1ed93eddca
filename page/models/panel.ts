/** The panel "Models". */
import { element } from "../element.js";
import type { Panel } from "../panel.js";

export const modelsPanel: Panel = {
  id: "models",
  title: "Models",
  mount(place) {
    place.append(element("h2", {}, "Models"));
    return { show() {}, hide() {}, draw() {} };
  },
};
