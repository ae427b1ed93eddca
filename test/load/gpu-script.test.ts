/**
 * `load-tests/gpu.sh` on machines that lack what it wants: each part comes to a JSON that says why, the next one runs,
 * and a part that hangs and ends for nobody is ended. The node it finds here is a script of the test's.
 */
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const parts = ["card", "adapter", "kernels", "bench", "models-webgpu", "models-cuda", "gateway"];
const tools = "awk bash cat cksum cut dirname env head ls mkdir mv printf rm sed sleep tail timeout tr".split(
  " ",
);
let folder: string;
let checkout: string;

/** A checkout of the scripts and as much of dist/ as they look for, and a PATH with the plainest tools. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-gpu-script-"));
  checkout = join(folder, "checkout");
  mkdirSync(join(checkout, "dist/load-tests/gpu"), { recursive: true });
  writeFileSync(join(checkout, "dist/load-tests/gpu/part.js"), "");
  symlinkSync(join(root, "load-tests"), join(checkout, "load-tests"));
  mkdirSync(join(folder, "bin"));
  for (const tool of tools) symlinkSync(where(tool), join(folder, "bin", tool));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function where(tool: string): string {
  const found = ["/usr/bin", "/bin"].map((place) => join(place, tool)).find(existsSync);
  if (found === undefined) throw new Error(`no ${tool} here`);
  return found;
}

function installNode(script: string): void {
  const path = join(folder, "bin/node");
  writeFileSync(path, `#!${where("bash")}\n${script}\n`);
  chmodSync(path, 0o755);
}

async function run(...args: string[]) {
  const child = spawn(where("bash"), [join(checkout, "load-tests/gpu.sh"), ...args], {
    env: { PATH: join(folder, "bin"), OUT: join(folder, "out") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, said };
}

interface Summary {
  readonly parts: readonly { readonly part: string; readonly ok: boolean; readonly why: string }[];
}

const json = <T>(name: string) => JSON.parse(readFileSync(join(folder, "out", name), "utf8")) as T;

it("without Node, Python and a card every part says so in its JSON", async () => {
  const { code } = await run();
  expect(code).toBe(1);
  const { parts: told } = json<Summary>("summary.json");
  expect(told.map(({ part }) => part)).toEqual(parts);
  for (const { part, ok, why } of told) {
    expect({ part, ok }).toEqual({ part, ok: false });
    expect(why).toMatch(part === "card" ? /nvidia-smi is not here; python3 is not here/ : /node is not here/);
    expect(json<{ failures: string[] }>(`${part}.json`).failures).toHaveLength(1);
  }
});

it("a part that hangs is ended with what it started, though it ends for nobody, and what was measured stays", async () => {
  // It writes what it has, starts another of its kind, and takes no SIGTERM.
  installNode(`trap '' TERM
out="\${@: -3:1}"; for at in "$@"; do [ "$last" = --out ] && out=$at; last=$at; done
echo '{"complete":false,"cases":[1,2]}' > "$out"
echo $$ >> "${join(folder, "pids")}"; (trap '' TERM; sleep 300 & echo $! >> "${join(folder, "pids")}"; wait) & 
sleep 300`);
  const { said } = await run("--only", "adapter,kernels", "--seconds", "4");
  const [adapter, kernels] = json<Summary>("summary.json").parts;
  expect(adapter).toMatchObject({
    part: "adapter",
    ok: false,
    why: expect.stringMatching(/^it took longer than its [1-4] s and was ended$/),
  });
  expect(kernels).toMatchObject({
    part: "kernels",
    ok: false,
    why: "not begun: the 4 s for all of it were over",
  });
  expect(json("adapter.json")).toEqual({ complete: false, cases: [1, 2] });
  expect(said).toContain("2 of 2 parts failed");
  const pids = readFileSync(join(folder, "pids"), "utf8").trim().split("\n").map(Number);
  expect(pids).toHaveLength(2);
  for (const pid of pids) expect(runs(pid), `${pid} runs on`).toBe(false);
});

/** Whether a process does anything still; one that nobody has waited for is none. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

it("a part that crashes is told with what it said last, quotes and all, and the next runs", async () => {
  installNode(`case "$*" in *adapter*) echo 'Segmentation "fault" \\ in libvulkan'; exit 139;; esac; exit 0`);
  const { code } = await run("--only", "adapter,kernels");
  expect(code).toBe(1);
  expect(json<Summary>("summary.json").parts).toMatchObject([
    { part: "adapter", ok: false, code: 139, why: expect.stringContaining('"fault" \\ in libvulkan') },
    { part: "kernels", ok: true, why: "" },
  ]);
});

it.each([
  [["--only", "kernel"], /--only: there is no part kernel; there are card adapter kernels/],
  [["--seconds", "soon"], /--seconds is 1 to 9999, not 'soon'/],
  [["--fast"], /unknown option --fast/],
  [["--seconds"], /--seconds is 1 to 9999, not ''/],
])("%j is refused before anything runs", async (args, why) => {
  const { code, said } = await run(...args);
  expect(said).toMatch(why);
  expect(code).toBe(2);
  expect(existsSync(join(folder, "out")) ? readdirSync(join(folder, "out")) : []).toEqual([]);
});
