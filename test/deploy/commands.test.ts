/** The commands that docs/deploy.md tells an operator to type are commands of the gateway, with all that they need. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { gatewayCommand } from "../../gateway/cli/serve.js";
import { projectFolder } from "./deploy-files.js";

const page = readFileSync(join(projectFolder, "docs/deploy.md"), "utf8");
const shell = [...page.matchAll(/```sh\n(.*?)```/gs)]
  .map(([, text = ""]) => text.replaceAll("\\\n", " "))
  .join("\n");
/** The page's lines that make or change keys: by `headgate keys`, by an image, or by the page's own function `keys`. */
const lines = shell.split("\n").filter((line) => /(?:^|\s)keys (?:create|rotate|list|revoke)\b/.test(line));

function keysCommand(name: string): Command {
  const keys = gatewayCommand().commands.find((command) => command.name() === "keys");
  const found = keys?.commands.find((command) => command.name() === name);
  if (found === undefined) throw new Error(`headgate keys has no ${name}`);
  return found;
}

describe("docs/deploy.md", () => {
  it("makes keys in each of its ways", () => {
    expect(lines.length).toBeGreaterThanOrEqual(7);
  });

  it.each(lines)("%s", (line) => {
    const [, name = "", rest = ""] = /keys (create|rotate|list|revoke)\b(.*)$/.exec(line) ?? [];
    // Where the page has a function that adds the file, it is not in the line.
    const given = [...(rest.split("#")[0] ?? "").matchAll(/--[a-z-]+/g)].map(([flag]) => flag);
    const { options } = keysCommand(name);
    for (const flag of given) expect(options.map(({ long }) => long)).toContain(flag);
    for (const { long, mandatory } of options) if (mandatory) expect(given).toContain(long);
    const [, scopes] = /--scopes (\S+)/.exec(rest) ?? [];
    expect(scopes).toMatch(/^[a-z]+:[a-z]+(,[a-z]+:[a-z]+)*$/);
  });
});
