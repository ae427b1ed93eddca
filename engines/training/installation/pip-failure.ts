/** The reason why pip failed, and what to do about it, out of the lines that it wrote. */

const causes: readonly (readonly [RegExp, string])[] = [
  [/No space left on device/i, "the disk is full: make room, or name a folder on another disk with --into"],
  [
    /DO NOT MATCH THE HASHES/,
    "a package is not the one that this version of Headgate pins, so it was not installed: the registry or a proxy " +
      "answers with another file",
  ],
  [
    /NewConnectionError|NameResolutionError|Max retries exceeded|ConnectTimeoutError|ReadTimeoutError|ProxyError|SSLError|Network is unreachable/,
    "the package registry was not reached. pip's own settings hold (PIP_INDEX_URL, PIP_PROXY, PIP_CERT); without a " +
      "network, bring the wheels and set PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER (docs/training.md)",
  ],
  [
    /No matching distribution found|Could not find a version that satisfies/,
    "a pinned package has no wheel for this Python and this machine: --python names another Python",
  ],
];

/** Lines of pip's that a failure shows. */
const linesShown = 3;

export function pipFailure(lines: readonly string[]): string {
  const cause = causes.find(([pattern]) => lines.some((line) => pattern.test(line)))?.[1];
  const errors = lines.filter((line) => /^\s*ERROR/.test(line)).slice(-linesShown);
  const said = (errors.length > 0 ? errors : lines.slice(-linesShown)).map((line) => line.trim()).join(" ");
  return cause === undefined ? `pip failed: ${said}` : `${cause} (pip: ${said})`;
}
