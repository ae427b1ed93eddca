/**
 * Renders a model's card, which is a stranger's Markdown. HTML in it is shown as the text that it is, and images by
 * their description. The sanitiser then keeps text and tables only, and links show their host. The page's content
 * security policy would block scripts and images once more.
 */
import DOMPurify from "dompurify";
import { Marked } from "marked";
import { element } from "../element.js";
import { cardLink, isTooIntricate } from "./card-links.js";

const tags = [
  "h1 h2 h3 h4 h5 h6 p br hr em strong del code pre blockquote ul ol li a",
  "table thead tbody tr th td sup sub",
].flatMap((each) => each.split(" "));

/** The card's headings begin below the panel's own. */
const headingShift = 2;

/** The card as elements; as plain text where it is nested so deeply that nobody can read it. */
export function renderCard(markdown: string): HTMLElement {
  const place = element("div", { class: "card-text" });
  const html = isTooIntricate(markdown) ? undefined : htmlOf(markdown);
  if (html === undefined) {
    place.append(element("pre", {}, markdown));
    return place;
  }
  place.append(
    DOMPurify.sanitize(html, {
      ALLOWED_TAGS: tags,
      ALLOWED_ATTR: ["href", "align", "start"],
      ALLOW_DATA_ATTR: false,
      ALLOW_ARIA_ATTR: false,
      RETURN_DOM_FRAGMENT: true,
    }),
  );
  for (const anchor of place.querySelectorAll("a")) settleLink(anchor);
  for (const heading of place.querySelectorAll("h1, h2, h3, h4, h5, h6")) lowerHeading(heading);
  for (const [i, table] of [...place.querySelectorAll("table")].entries()) frameTable(table, i + 1);
  return place;
}

/** HTML that many cards use and that has no attributes. */
const plainTag = /^<(?:br ?\/?|\/?su[bp])>$/i;

/**
 * The sanitiser alone would do for safety, but it parses what it is given, and the browser reports each style and
 * each handler of an event in it as blocked by the page's policy.
 */
const cards = new Marked({
  gfm: true,
  renderer: {
    html: ({ text, block }) =>
      plainTag.test(text.trim()) ? text : block ? `<p>${escaped(text)}</p>` : escaped(text),
    image: ({ text }) => `[image: ${escaped(text || "without a description")}]`,
  },
});

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function htmlOf(markdown: string): string | undefined {
  try {
    return cards.parse(markdown, { async: false });
  } catch {
    return undefined; // the text is shown as it is
  }
}

function settleLink(anchor: HTMLAnchorElement): void {
  const link = cardLink(anchor.getAttribute("href"));
  if (link === undefined) return anchor.replaceWith(...anchor.childNodes);
  anchor.href = link.href;
  anchor.rel = "noopener noreferrer";
  anchor.target = "_blank";
  if (anchor.textContent !== link.href) anchor.append(element("span", { class: "hint" }, ` (${link.host})`));
}

function lowerHeading(heading: Element): void {
  const level = Math.min(6, Number(heading.tagName.slice(1)) + headingShift) as 3 | 4 | 5 | 6;
  const lower = element(`h${level}`);
  lower.append(...heading.childNodes);
  heading.replaceWith(lower);
}

/** A wide table scrolls by itself, with the keyboard too. */
function frameTable(table: HTMLTableElement, number: number): void {
  const frame = element("div", {
    class: "scrolled",
    tabindex: 0,
    role: "region",
    "aria-label": `Table ${number} of the card`,
  });
  table.replaceWith(frame);
  frame.append(table);
}
