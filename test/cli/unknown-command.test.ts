/** A word that is no command, no suite and no scenario is named, with those there are, and a near one suggested. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { spawnHeld } from "../../load-tests/harness/held.js";

const headgate = fileURLToPath(new URL("../../dist/gateway/cli/headgate.js", import.meta.url));
const main = fileURLToPath(new URL("../../dist/gateway/main.js", import.meta.url));

async function run(program: string, args: readonly string[]) {
  const child = spawnHeld([program, ...args]);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, said };
}

describe("headgate", () => {
  it.each([
    [["nonsense"], /no command nonsense; there are models, regimes, .*bench, load/],
    [["regime"], /no command regime \(did you mean regimes\?\); there are/],
    [["benhc", "wire"], /no command benhc \(did you mean bench\?\)/],
    [["--port", "0", "modles", "check"], /no command modles \(did you mean models\?\)/],
    [["models", "nonsense"], /no command nonsense; there are add, list, check/],
    [["models", "chekc"], /no command chekc \(did you mean check\?\)/],
    [["providers", "remove"], /no command remove; there are install/],
    [["providers", "install", "rocm"], /Allowed choices are cuda/],
    [["models"], /Usage: headgate models [\s\S]*check/],
    [["bench", "nonsense"], /no suite nonsense; there are all, wire, faces, numerics/],
    [["bench", "wrie"], /no suite wrie \(did you mean wire\?\)/],
    [["bench", "toString"], /no suite toString; there are all/],
    [["bench", "all", "--only", "wire,idel"], /--only: no suite with budgets idel \(did you mean idle\?\)/],
    [["load", "nonsense"], /no scenario nonsense; there are big-and-small, .*, or give a \.json file/],
    [["load", "stedy"], /no scenario stedy \(did you mean steady\?\)/],
  ])("%j", async (args, why) => {
    const { code, said } = await run(headgate, args);
    expect(said).toMatch(why);
    expect(said).not.toMatch(/too many arguments|listening/);
    expect(code).toBeGreaterThan(0);
  });

  it.each([[["help"]], [["--help"]], [["models", "help"]]])("%j is answered, and ends well", async (args) => {
    const { code, said } = await run(headgate, args);
    expect(said).toMatch(/Usage: headgate/);
    expect(said).toMatch(args[0] === "models" ? /add .*\n/ : /models[\s\S]*bench[\s\S]*load/);
    expect(code).toBe(0);
  });
});

it("npm start's own program knows no bench, and says so", async () => {
  const { code, said } = await run(main, ["bench"]);
  expect(said).toMatch(/no command bench; there are models, regimes/);
  expect(code).toBe(1);
});
