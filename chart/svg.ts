/** Builds SVG as text: elements with escaped attributes and content. */

type SvgAttributes = Readonly<Record<string, string | number>>;

/** Markup that is safe to put inside an element. */
export interface Markup {
  readonly svg: string;
}

export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** Pixels are rounded to a tenth, which is finer than a screen shows. */
function attribute(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 10) / 10) : escaped(value);
}

export function element(name: string, attributes: SvgAttributes, ...content: (Markup | string)[]): Markup {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(value)}"`);
  const inside = content.map((each) => (typeof each === "string" ? escaped(each) : each.svg)).join("");
  return {
    svg: inside === "" ? `<${name}${given.join("")}/>\n` : `<${name}${given.join("")}>${inside}</${name}>\n`,
  };
}

export function group(className: string, content: readonly Markup[]): Markup {
  return element("g", { class: className }, { svg: `\n${content.map(({ svg }) => svg).join("")}` });
}

/** A path of straight lines through points, rounded to a tenth of a pixel. */
export function pathThrough(points: readonly (readonly [x: number, y: number])[]): string {
  const tenth = (value: number) => Math.round(value * 10) / 10;
  return points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${tenth(x)} ${tenth(y)}`).join("");
}
