/** One model: its versions, how its traffic is shared, and its card. */
import type { Gate } from "../../client/typescript/gate.js";
import { element, setText } from "../element.js";
import type { RepositoryRow, TrafficShare, VersionRow } from "./model-rows.js";

const headings = [
  "Version",
  "Aliases",
  "State",
  "Traffic",
  "Expires",
  "Golden answers",
  "Signature",
  "Backend",
  "Memory",
  "Since the start",
];

export class ModelView {
  private shown = "";
  private cardOf: string | undefined;
  private readonly title = element("h2");
  private readonly description = element("p");
  private readonly bar = element("div", { class: "traffic-bar", role: "img" });
  private readonly barText = element("p", { class: "hint" });
  private readonly versions = element("tbody");
  private readonly reasons = element("ul", { class: "reasons" });
  private readonly card = element("section", { class: "card", "aria-label": "Card" });
  readonly root = element(
    "article",
    { class: "model-view" },
    element("a", { href: "#/models", class: "back" }, "All models"),
    this.title,
    this.description,
    this.bar,
    this.barText,
    element(
      "div",
      { class: "scrolled", tabindex: 0, role: "region", "aria-label": "Versions" },
      element(
        "table",
        { class: "versions" },
        element("caption", { class: "unseen" }, "Versions"),
        element(
          "thead",
          {},
          element("tr", {}, ...headings.map((each) => element("th", { scope: "col" }, each))),
        ),
        this.versions,
      ),
    ),
    this.reasons,
    this.card,
  );

  show(row: RepositoryRow, gate: Gate | undefined): void {
    const text = JSON.stringify(row);
    if (text !== this.shown) this.write(row);
    this.shown = text;
    // Another version may have another card.
    const key = JSON.stringify([row.name, ...row.versions.map(({ version }) => version)]);
    if (this.cardOf === key || gate === undefined) return;
    this.cardOf = key;
    void this.showCard(row.name, key, gate);
  }

  private write(row: RepositoryRow): void {
    setText(this.title, row.name);
    setText(this.description, row.description);
    this.bar.hidden = row.shares.length === 0;
    this.bar.setAttribute("aria-label", `Traffic: ${row.sharesText}`);
    this.bar.replaceChildren(...row.shares.map(shareOf));
    const shadows =
      row.shadows.length === 0 ? "" : ` In the shadow: version ${row.shadows.join(", version ")}.`;
    setText(
      this.barText,
      row.shares.length === 0
        ? `No version takes requests that name none.${shadows}`
        : `Requests that name no version go to ${row.sharesText}.${shadows}`,
    );
    this.versions.replaceChildren(...row.versions.map(versionOf));
    this.reasons.replaceChildren(
      ...row.versions.flatMap(({ version, reason }) =>
        reason === undefined
          ? []
          : [element("li", {}, element("strong", {}, `Version ${version}: `), reason)],
      ),
    );
  }

  /** The whole card is asked for once a model and set of versions: samples and lists have its first paragraph at most. */
  private async showCard(name: string, key: string, gate: Gate): Promise<void> {
    this.card.replaceChildren(element("p", { class: "hint" }, "The card is being fetched."));
    let content: HTMLElement;
    try {
      const { models } = await gate.describe(name);
      const markdown = models.map(({ card }) => card).find((card) => typeof card === "string");
      content =
        typeof markdown === "string"
          ? (await import("./card.js")).renderCard(markdown)
          : element("p", { class: "hint" }, "This model has no card.");
    } catch (error) {
      content = element("p", { class: "problem" }, error instanceof Error ? error.message : String(error));
    }
    if (this.cardOf !== key) return; // another model was chosen meanwhile
    this.card.replaceChildren(content);
    if (content.className === "problem") this.cardOf = undefined; // it is asked for again with the next sample
  }
}

function shareOf({ version, share }: TrafficShare): HTMLElement {
  const part = element("span", { class: "traffic-share" }, share >= 0.08 ? `version ${version}` : "");
  part.style.flexGrow = String(share);
  return part;
}

function versionOf(row: VersionRow): HTMLTableRowElement {
  const state = element("span", { class: "state", "data-tone": row.tone }, row.state);
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, row.version),
    element("td", {}, row.aliases),
    element("td", {}, state),
    ...[row.traffic, row.expires, row.proof, row.signature, row.backend, row.memory, row.counts].map((text) =>
      element("td", {}, text),
    ),
  );
}
