/** Whether the installed libraries load on this machine, and their versions. */
import type { TrainerExtra } from "../environment.js";

/** Modules of each set that must load before the environment counts as installed. */
const modules: Readonly<Record<"base" | TrainerExtra, readonly string[]>> = {
  base: ["msgpack", "numpy", "sklearn", "onnx", "onnxruntime", "threadpoolctl"],
  boosting: ["xgboost", "lightgbm"],
  torch: ["torch"],
  rl: ["gymnasium", "stable_baselines3"],
};

/** The last line that the check writes begins with it; libraries may write lines of their own before. */
const mark = "headgate-libraries ";

export interface LoadCheck {
  readonly modules: readonly string[];
  /** Python code that loads them, and then writes the versions of all installed distributions. */
  readonly code: string;
}

export function loadCheck(extras: readonly TrainerExtra[]): LoadCheck {
  const loaded = (["base", ...extras] as const).flatMap((name) => modules[name]);
  const code = [
    `import ${loaded.join(", ")}`,
    "import importlib.metadata, json, platform",
    "found = {each.name: each.version for each in importlib.metadata.distributions()}",
    "found['python'] = platform.python_version()",
    `print(${JSON.stringify(mark)} + json.dumps(found))`,
  ];
  return { modules: loaded, code: code.join("\n") };
}

/** @throws Error where the check wrote no versions */
export function versionsIn(lines: readonly string[]): Readonly<Record<string, string>> {
  const line = lines.findLast((each) => each.startsWith(mark));
  if (line === undefined) throw new Error("the installed Python did not tell the versions of its libraries");
  const versions: Record<string, string> = {};
  for (const [name, version] of Object.entries(JSON.parse(line.slice(mark.length))))
    if (typeof version === "string") versions[name] = version;
  return versions;
}

/** Whether the line is for a person to see. */
export function isShown(line: string): boolean {
  return !line.startsWith(mark);
}
