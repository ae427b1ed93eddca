/**
 * Makes elements. Text is always set as text, never as HTML: names of models, streams and tenants come from strangers.
 */

export type Child = Node | string;

/** Attributes by name; undefined and false leave one out, and true writes it without a value. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

/** Writes text only where it differs: a write makes the browser lay the page out again. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}
