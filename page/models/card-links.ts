/** Decides what a link in a stranger's card may be. Pure. */

/** Text that is no link any more, or a link to another host, which is named beside it. */
export type CardLink = { readonly href: string; readonly host: string } | undefined;

/**
 * Only whole addresses of the web are links. A relative one would lead to the gateway itself, which has no such page;
 * every other scheme can run a program.
 */
export function cardLink(href: string | null): CardLink {
  if (href === null || !/^https?:\/\//i.test(href.trim())) return undefined;
  if (!URL.canParse(href.trim())) return undefined;
  const { protocol, host, username, password, href: whole } = new URL(href.trim());
  // An address such as https://gate.example@evil.example shows one host and leads to another.
  if (username !== "" || password !== "" || !/^https?:$/.test(protocol)) return undefined;
  return { href: whole, host };
}

/** Characters of a card that are rendered: as many as the gateway sends. */
const cardMax = 16_384;

/** Nested quotes, lists and brackets from which a card is shown as plain text: nobody reads such a card. */
const nestingMax = 12;

/**
 * Signs of emphasis in one paragraph from which a card is shown as plain text. The renderer compares each with each:
 * 10,900 of them took 6.6 s, in which the page would stand still.
 */
const emphasisMax = 800;

/** Whether Markdown is so intricate that its rendering would take long or deep recursion. */
export function isTooIntricate(markdown: string): boolean {
  if (markdown.length > cardMax) return true;
  if (markdown.split(/\n\s*\n/).some((block) => block.split(/[*_~]/).length > emphasisMax)) return true;
  return markdown.split("\n").some((line) => {
    const [markers = ""] = /^[\s>*+\-\d.)]*/.exec(line) ?? [];
    const quotes = markers.split(">").length - 1;
    const lists = (markers.match(/[*+-](?=\s)|\d[.)](?=\s)/g) ?? []).length;
    const isRule = /^\s*([*\-_])(\s*\1){2,}\s*$/.test(line);
    return (
      (!isRule && quotes + lists > nestingMax) || deepestBrackets(line) > nestingMax || markers.length > 400
    );
  });
}

function deepestBrackets(line: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of line) {
    if (character === "[" || character === "(") deepest = Math.max(deepest, ++depth);
    else if (character === "]" || character === ")") depth = Math.max(0, depth - 1);
  }
  return deepest;
}
