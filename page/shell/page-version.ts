/** Tells whether the gateway still serves the page that runs here: after an update it has other files. Pure. */

/**
 * @param document the text that the gateway serves as the page's document
 * @param script the address of the script that runs here, whose name changes with its content
 */
export function isPageOutdated(document: string, script: string): boolean {
  const name = script.slice(script.lastIndexOf("/") + 1).split(/[?#]/)[0] ?? "";
  // Another answer at the same address, such as a proxy's own page, tells nothing.
  const [, served] = /src="[^"]*?(main-\w+\.js)"/.exec(document) ?? [];
  return served !== undefined && name !== "" && served !== name;
}
