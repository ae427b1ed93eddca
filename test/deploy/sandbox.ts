/**
 * Runs a program of an image's unpacked root as a container engine would: as the image's user, without capabilities, its
 * root read-only, with /data and a /tmp in memory, and as process 1. Needs root and Debian's bubblewrap.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

export interface ImageRoot {
  /** The folder in which the image is unpacked. */
  readonly root: string;
  /** The numeric user and group, as `10001:10001`. */
  readonly user: string;
  readonly environment: readonly string[];
}

/** Where a path of this machine is mounted in the image, and whether it may be written there. */
export interface Mount {
  readonly from: string;
  readonly to: string;
  readonly writable?: boolean;
}

export function startInImage(
  image: ImageRoot,
  mounts: readonly Mount[],
  words: readonly string[],
): ChildProcess {
  const [user = "", group = user] = image.user.split(":");
  const set = image.environment.flatMap((entry) => {
    const at = entry.indexOf("=");
    return ["--setenv", entry.slice(0, at), entry.slice(at + 1)];
  });
  return spawn("bwrap", [
    ...[
      "--ro-bind",
      image.root,
      "/",
      "--proc",
      "/proc",
      "--dev",
      "/dev",
      "--perms",
      "1777",
      "--tmpfs",
      "/tmp",
    ],
    ...mounts.flatMap(({ from, to, writable }) => [writable === true ? "--bind" : "--ro-bind", from, to]),
    ...["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--as-pid-1", "--die-with-parent"],
    // Only to become the image's user; setpriv gives both up.
    ...[
      "--cap-drop",
      "ALL",
      "--cap-add",
      "CAP_SETUID",
      "--cap-add",
      "CAP_SETGID",
      "--cap-add",
      "CAP_SETPCAP",
    ],
    ...["--clearenv", ...set, "--chdir", "/app", "--"],
    ...["setpriv", `--reuid=${user}`, `--regid=${group}`, "--clear-groups", "--no-new-privs"],
    ...["--inh-caps=-all", "--bounding-set=-all", ...words],
  ]);
}

/** The process that bubblewrap waits for: a signal for the gateway goes to it. */
export function innerProcess(outer: ChildProcess): number {
  const children = readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, "utf8");
  const inner = Number.parseInt(children, 10);
  if (Number.isNaN(inner)) throw new Error("bubblewrap has no child");
  return inner;
}

/** Settles with the exit status and all that was said. */
export function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly said: string }> {
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, said })));
}
