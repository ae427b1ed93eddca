/** The panel "Models": the repository, and one of its models. */
import "./models.css";
import { element, setText } from "../element.js";
import type { Panel, PanelContext, PanelView } from "../panel.js";
import type { ModelsSample } from "../samples.js";
import { modelsOfDescription } from "./described-models.js";
import { type RepositoryModel, type RepositoryRow, repositoryRows } from "./model-rows.js";
import { ModelView } from "./model-view.js";

export const modelsPanel: Panel = {
  id: "models",
  title: "Models",
  mount: (place, context) => new ModelsView(place, context),
};

class ModelsView implements PanelView {
  private sample: ModelsSample | undefined;
  private endWatch: (() => void) | undefined;
  private described: readonly RepositoryModel[] | undefined;
  private isShown = false;
  private listed = "";
  private readonly filter = element("input", {
    type: "search",
    id: "model-filter",
    placeholder: "Part of a name",
    maxlength: 128,
  });
  private readonly count = element("p", { class: "hint", role: "status" });
  private readonly missing = element("p", { class: "problem", role: "status" });
  private readonly list = element("ul", { class: "model-list" });
  private readonly view = new ModelView();
  private readonly layout: HTMLElement;

  constructor(
    place: HTMLElement,
    private readonly context: PanelContext,
  ) {
    const aside = element(
      "div",
      { class: "models-aside" },
      element("h2", {}, "Models"),
      element(
        "div",
        { class: "stream-filter" },
        element("label", { for: "model-filter" }, "Filter"),
        this.filter,
      ),
      this.count,
      this.missing,
      this.list,
    );
    this.layout = element("div", { class: "models" }, aside, this.view.root);
    place.append(this.layout);
    this.filter.addEventListener("input", () => context.redraw());
    window.addEventListener("hashchange", () => context.redraw());
    context.onConnection(({ kind }) => this.isShown && kind === "connected" && void this.describe());
  }

  show(): void {
    this.isShown = true;
    void this.describe();
    this.endWatch = this.context.source.watch("gateway.models", (sample) => {
      this.sample = sample;
      this.context.redraw();
    });
  }

  hide(): void {
    this.isShown = false;
    this.endWatch?.();
  }

  /** Until the first sample, and with a gateway that has no such samples, `describe` tells most of it. */
  private async describe(): Promise<void> {
    const description = await this.context
      .gate()
      ?.describe()
      .catch(() => undefined);
    if (description === undefined || this.sample !== undefined) return;
    this.described = modelsOfDescription(description);
    this.context.redraw();
  }

  draw(): void {
    const models = this.sample?.models ?? this.described;
    if (models === undefined) return;
    const all = repositoryRows(models, "");
    const rows = this.filter.value.trim() === "" ? all : repositoryRows(models, this.filter.value);
    const wanted = chosenModel();
    const chosen = all.find(({ name }) => name === wanted);
    setText(
      this.missing,
      wanted === undefined || chosen !== undefined ? "" : `This gateway has no model named ${wanted} now.`,
    );
    const trouble = all.filter(({ tone }) => tone === "bad").length;
    const leftOut = this.sample?.left_out ?? 0;
    const left = leftOut > 0 ? ` ${leftOut.toLocaleString("en-US")} more are not shown.` : "";
    setText(
      this.count,
      `${rows.length} of ${all.length} models${trouble > 0 ? `, ${trouble} with a version that failed` : ""}.${left}`,
    );
    this.layout.toggleAttribute("data-chosen", chosen !== undefined);
    this.showList(rows, chosen?.name);
    this.view.root.hidden = chosen === undefined;
    if (chosen !== undefined) this.view.show(chosen, this.context.gate());
  }

  /** The list is written only where it differs, which is rare: the keyboard's place in it stays. */
  private showList(rows: readonly RepositoryRow[], chosen: string | undefined): void {
    const text = JSON.stringify([
      rows.map(({ name, tone, summary, shares }) => [name, tone, summary, shares]),
      chosen,
    ]);
    if (text === this.listed) return;
    this.listed = text;
    const focused =
      document.activeElement instanceof HTMLAnchorElement ? document.activeElement.hash : undefined;
    this.list.replaceChildren(...rows.map((row) => itemOf(row, row.name === chosen)));
    for (const link of this.list.querySelectorAll("a")) if (link.hash === focused) link.focus();
  }
}

function itemOf({ name, tone, summary, sharesText, shares }: RepositoryRow, isChosen: boolean): HTMLElement {
  return element(
    "li",
    {},
    element(
      "a",
      { href: `#/models/${encodeURIComponent(name)}`, "aria-current": isChosen ? "true" : undefined },
      element("span", { class: "model-name" }, name),
      element("span", { class: "state", "data-tone": tone }, summary),
      shares.length > 1 ? element("span", { class: "hint" }, sharesText) : "",
    ),
  );
}

/** The model that the address names, as in `#/models/market-impact`. */
function chosenModel(): string | undefined {
  const [, name] = /^#\/models\/(.+)$/.exec(location.hash) ?? [];
  if (name === undefined) return undefined;
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // a percent sign that somebody typed
  }
}
