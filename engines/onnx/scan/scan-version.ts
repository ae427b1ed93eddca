/** Scans one version: its files, its graph, its weights and its signature. */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { type ConfinedFolders, confinedFolders, plainPathWithin } from "../confinement.js";
import { tokenizerFiles } from "../import/model-files.js";
import { requireWeights } from "../inspection/external-data.js";
import { type GraphInspection, inspectGraph } from "../inspection/graph-inspection.js";
import { LimitError, type ModelLimits, requireLimit } from "../inspection/model-limits.js";
import { controlFlow } from "../inspection/operator-rules.js";
import { type VersionFile, versionFiles } from "../inspection/version-inspection.js";
import type { VersionFolder } from "../model-folder.js";
import { damagedModel } from "../no-model-file.js";
import { signatureFiles } from "../signing/manifest.js";
import { verifyVersion } from "../signing/verify.js";
import type { ScanOptions } from "./scan-options.js";
import { suspicionsOf } from "./suspicious-files.js";

export interface ScannedVersion {
  readonly version: number;
  /** Why a gateway would not open it. */
  readonly faults: readonly string[];
  /** What a person should look at. */
  readonly warnings: readonly string[];
  readonly signature: ScannedSignature;
  readonly files: { readonly count: number; readonly bytes: number };
  /** Symbolic links in the version's folder. */
  readonly links: readonly string[];
  /** Null where the graph cannot be read. */
  readonly graph: ScannedGraph | null;
}

export interface ScannedSignature {
  /** `unverified`: a signature is there, and no trusted keys were given. */
  readonly state: "verified" | "unsigned" | "untrusted" | "forged" | "differs" | "unverified";
  readonly key_id?: string;
  readonly reason?: string;
}

export interface ScannedGraph {
  readonly ir_version: number;
  readonly opsets: Readonly<Record<string, number>>;
  readonly nodes: number;
  readonly initializers: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly nesting: number;
  readonly tensor_bytes: number;
  /** Bytes at least of the tensors that the graph makes from constants. */
  readonly made_bytes: number;
  readonly metadata_bytes: number;
  /** Nodes by domain and operator; ONNX's own domain is empty. */
  readonly operators: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Operators that run graphs of their own, and how many nodes each has. */
  readonly control_flow: Readonly<Record<string, number>>;
  /** Files beside the graph that hold its weights. */
  readonly external_data: readonly string[];
}

/** Bytes of documentation and metadata from which they are suspicious. */
const metadataBytesUsual = 1_048_576;
/** Bytes that a graph makes from constants from which they are suspicious: 1 GiB. */
const madeBytesUsual = 1_073_741_824;

/** Never throws for what a version holds. */
export async function scanVersion(
  name: string,
  folder: VersionFolder,
  options: ScanOptions,
): Promise<ScannedVersion> {
  const { version, fault } = folder;
  const faults: string[] = fault === undefined ? [] : [fault];
  const warnings: string[] = [];
  const told = async <T>(work: () => Promise<T> | T): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  const files = fault === undefined ? ((await told(() => filesOf(folder, options.limits))) ?? []) : [];
  for (const file of files.filter(({ name: path }) => !signatureFiles.includes(path)))
    warnings.push(...(await suspicionsOf(file)));
  const folders = await confinedFolders([folder.path, ...folder.linkedFolders]);
  if (fault === undefined) await told(() => requirePlainFiles(folder, folders));
  const graph = fault === undefined ? await told(() => graphOf(folder, folders, options.limits)) : undefined;
  if (graph !== undefined) {
    faults.push(...graph.refusedOperators.map((reason) => `${folder.modelPath}: ${reason}`));
    await told(() => requireWeights(folder.modelPath, graph.external, folders));
    warnings.push(...warningsOf(graph));
  }
  const signature = await signatureOf(name, folder, options);
  const isRefused = signature.state !== "verified" && options.trusted !== null;
  if (isRefused && signature.reason !== undefined) faults.push(signature.reason);
  return {
    version,
    faults: [...new Set(faults)],
    warnings,
    signature,
    files: { count: files.length, bytes: files.reduce((sum, { status }) => sum + status.size, 0) },
    links: files.filter(({ isLink }) => isLink).map(({ name: path }) => path),
    graph: graph === undefined ? null : scannedGraph(graph),
  };
}

async function filesOf({ path, linkedFolders }: VersionFolder, limits: ModelLimits): Promise<VersionFile[]> {
  const files = await versionFiles({ folder: path, linkedFolders });
  const bytes = files.reduce((sum, { status }) => sum + status.size, 0);
  requireLimit(bytes, "bytes of files", "version_bytes", limits);
  return files;
}

/** @throws when a folder has the place of a file that the gateway reads by its name */
async function requirePlainFiles(
  { path, goldenPath }: VersionFolder,
  folders: ConfinedFolders,
): Promise<void> {
  const read = [goldenPath, ...tokenizerFiles.map((name) => join(path, name))];
  for (const file of read) {
    if (await isEntry(file)) await plainPathWithin(file, folders);
  }
}

/** Whether the path exists, as a link that leads nowhere does. */
function isEntry(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** A link that leads out of the folders is told, and what it leads to is not read. */
async function graphOf(
  { modelPath }: VersionFolder,
  folders: ConfinedFolders,
  limits: ModelLimits,
): Promise<GraphInspection> {
  if (await isEntry(modelPath)) await plainPathWithin(modelPath, folders);
  try {
    return inspectGraph(modelPath, limits);
  } catch (error) {
    if (error instanceof LimitError) throw new LimitError(`${modelPath}: ${error.message}`);
    throw new Error(await damagedModel(modelPath, error));
  }
}

async function signatureOf(
  name: string,
  { version, path: folder, linkedFolders, modelPath, settingsDigest }: VersionFolder,
  { trusted }: ScanOptions,
): Promise<ScannedSignature> {
  const signed = { name, version, folder, linkedFolders, modelPath, settingsDigest };
  try {
    const checked = await verifyVersion(signed, trusted ?? []);
    if (checked.outcome === "verified") return { state: "verified", key_id: checked.keyId };
    const isUnverified = trusted === null && checked.outcome !== "unsigned";
    return { state: isUnverified ? "unverified" : checked.outcome, reason: checked.reason };
  } catch (error) {
    return { state: "differs", reason: error instanceof Error ? error.message : String(error) };
  }
}

function warningsOf({ metadataBytes, madeBytes, trains, operators }: GraphInspection): string[] {
  const found: string[] = [];
  if (metadataBytes > metadataBytesUsual)
    found.push(`its documentation and metadata have ${metadataBytes} bytes`);
  if (madeBytes > madeBytesUsual) found.push(`it makes tensors of ${madeBytes} bytes from constants`);
  if (trains) found.push("it carries the graphs of a training, which are not served");
  if (operators.has(":Loop")) found.push("it has loops, which may run without an end for some inputs");
  return found;
}

function scannedGraph(graph: GraphInspection): ScannedGraph {
  const operators: Record<string, Record<string, number>> = {};
  for (const [key, count] of [...graph.operators].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const at = key.indexOf(":");
    const domain = key.slice(0, at);
    operators[domain] = { ...operators[domain], [key.slice(at + 1)]: count };
  }
  const flow = Object.entries(operators[""] ?? {}).filter(([operator]) => controlFlow.has(operator));
  return {
    ir_version: graph.irVersion,
    opsets: Object.fromEntries(graph.opsets),
    nodes: graph.nodes,
    initializers: graph.initializers,
    inputs: graph.inputs,
    outputs: graph.outputs,
    nesting: graph.nesting,
    tensor_bytes: graph.tensorBytes,
    made_bytes: graph.madeBytes,
    metadata_bytes: graph.metadataBytes,
    operators,
    control_flow: Object.fromEntries(flow),
    external_data: [...new Set(graph.external.map(({ location }) => location))].sort(),
  };
}
