/**
 * Shows one panel at a time. A panel draws at most once a frame, and only while it can be seen: in a hidden tab of the
 * browser nothing is drawn, and what came meanwhile is drawn once when it is seen again.
 */
import { element } from "../element.js";
import type { Panel, PanelContext, PanelView } from "../panel.js";

interface MountedPanel {
  readonly place: HTMLElement;
  readonly view: PanelView;
  needsDrawing: boolean;
}

export class Stage {
  private readonly mounted = new Map<string, MountedPanel>();
  private current: MountedPanel | undefined;
  private frame: number | undefined;
  readonly root = element("main", { id: "panel", tabindex: -1 });

  /** @param contextOf makes a panel's context from its own request to be drawn */
  constructor(private readonly contextOf: (redraw: () => void) => PanelContext) {
    document.addEventListener("visibilitychange", () => this.drawSoon());
  }

  show(panel: Panel): void {
    const next = this.mounted.get(panel.id) ?? this.mount(panel);
    if (next === this.current) return;
    if (this.current !== undefined) {
      this.current.place.hidden = true;
      this.current.view.hide();
    }
    this.current = next;
    next.place.hidden = false;
    next.view.show();
    next.needsDrawing = true;
    this.drawSoon();
  }

  private mount(panel: Panel): MountedPanel {
    const place = element("section", { "aria-label": panel.title, class: `panel panel-${panel.id}` });
    this.root.append(place);
    const view = panel.mount(
      place,
      this.contextOf(() => this.wanted(panel.id)),
    );
    const mounted = { place, view, needsDrawing: false };
    this.mounted.set(panel.id, mounted);
    return mounted;
  }

  private wanted(id: string): void {
    const panel = this.mounted.get(id);
    if (panel === undefined) return; // it is being mounted, and will be drawn then
    panel.needsDrawing = true;
    if (panel === this.current) this.drawSoon();
  }

  private drawSoon(): void {
    if (document.hidden || this.frame !== undefined || this.current?.needsDrawing !== true) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = undefined;
      const panel = this.current;
      if (panel === undefined || !panel.needsDrawing || document.hidden) return;
      panel.needsDrawing = false;
      panel.view.draw();
    });
  }
}
