/** The tabs are links with an address each, such as `#/streams`: a reload, a bookmark and the back button work. */
import { element } from "../element.js";
import type { Panel } from "../panel.js";

export class Tabs {
  private readonly links: ReadonlyMap<string, HTMLAnchorElement>;
  readonly root: HTMLElement;

  constructor(private readonly panels: readonly Panel[]) {
    this.links = new Map(panels.map(({ id, title }) => [id, element("a", { href: `#/${id}` }, title)]));
    this.root = element("nav", { "aria-label": "Panels", class: "tabs" }, ...this.links.values());
  }

  /** The panel that the address names: the first where it names none. Beyond the name, the address is the panel's own. */
  chosen(): Panel {
    const [, id] = /^#\/([\w-]+)/.exec(location.hash) ?? [];
    const chosen = this.panels.find((panel) => panel.id === id) ?? this.panels[0];
    if (chosen === undefined) throw new Error("the page has no panels");
    return chosen;
  }

  mark(panel: Panel): void {
    for (const [id, link] of this.links) {
      if (id === panel.id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.links.get(panel.id)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}
