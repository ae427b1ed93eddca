/** Starts nginx or HAProxy on a file of deploy/proxies, of which a test changes ports, paths and times. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A pattern that the file must have, and what takes its place. */
export type Replacement = readonly [RegExp, string];

export interface ProxyProcess {
  /** All that it has said. */
  readonly said: () => string;
  readonly exitCode: () => number | null;
  stop(): Promise<void>;
}

/** Debian's nginx has the module for streams in a file of its own; the makers' image has it built in. */
const streamModule = "/usr/lib/nginx/modules/ngx_stream_module.so";

const programs = {
  nginx: (config: string, folder: string) =>
    spawn("nginx", [
      "-p",
      folder,
      "-e",
      "stderr",
      "-c",
      config,
      "-g",
      `daemon off; pid ${folder}/nginx.pid;`,
    ]),
  haproxy: (config: string) => spawn("haproxy", ["-db", "-f", config]),
};

function replaced(text: string, replacements: readonly Replacement[]): string {
  return replacements.reduce((known, [pattern, value]) => {
    if (!pattern.test(known)) throw new Error(`nothing fits ${pattern}`);
    return known.replace(pattern, value);
  }, text);
}

/** @param file a file of deploy/proxies, whose name begins with the program's */
export async function startProxy(file: string, replacements: readonly Replacement[]): Promise<ProxyProcess> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-proxy-"));
  const path = join(folder, "proxy.conf");
  const source = fileURLToPath(new URL(`../../deploy/proxies/${file}`, import.meta.url));
  const text = replaced(await readFile(source, "utf8"), replacements);
  const needsModule = /^stream \{/m.test(text) && existsSync(streamModule);
  await writeFile(path, needsModule ? `load_module ${streamModule};\n${text}` : text);
  const child: ChildProcess = file.startsWith("nginx")
    ? programs.nginx(path, folder)
    : programs.haproxy(path);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  return {
    said: () => said,
    exitCode: () => child.exitCode,
    async stop() {
      child.kill("SIGTERM");
      await new Promise((resolve) => (child.exitCode === null ? child.once("exit", resolve) : resolve(null)));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}
