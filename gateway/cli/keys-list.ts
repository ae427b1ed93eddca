/** `headgate keys list`: every key of the file, with what it grants, until when, and its last use. */
import { join } from "node:path";
import { Command } from "commander";
import { type KeyRecord, type KeyState, stateOf } from "../auth/key-records.js";
import { keyUseFile, readKeyUses } from "../auth/key-uses.js";
import { readKeyRecords } from "../auth/keys-file.js";
import { scopes as allScopes } from "../auth/scopes.js";
import { filesOf, type KeysFileFlags, withKeysFile } from "./keys-arguments.js";
import { reporting } from "./keys-output.js";

interface ListFlags extends KeysFileFlags {
  readonly data: string[];
  readonly json?: true;
}

export function listCommand(): Command {
  return withKeysFile(new Command("list"))
    .description("List all keys: what they grant, until when, and when each was last used")
    .option(
      "--data <folder>",
      "data folder of a gateway, for the last uses; once for each gateway that shares the file",
      (folder: string, others: string[]) => [...others, folder],
      [],
    )
    .option("--json", "one JSON array, a key an entry")
    .action((flags: ListFlags) =>
      reporting(async () => {
        const { keys, data } = filesOf(flags);
        const folders = [...flags.data, ...(data === undefined ? [] : [data])];
        const listed = await listKeys(keys, folders, Date.now());
        if (flags.json === true) return console.log(JSON.stringify(listed, null, 2));
        if (listed.length === 0) return console.log(`${keys}: no keys; "headgate keys create" makes one`);
        console.log(tableOf(listed, folders.length > 0));
      }),
    );
}

interface ListedKey extends Omit<KeyRecord, "sha256"> {
  readonly state: KeyState;
  /** Null where no gateway's data folder was given, or the key was not used yet. */
  readonly last_used_at: string | null;
  readonly uses: number | null;
}

async function listKeys(path: string, folders: readonly string[], wallNow: number): Promise<ListedKey[]> {
  const records = await readKeyRecords(path);
  const uses = await Promise.all(folders.map((folder) => readKeyUses(join(folder, keyUseFile))));
  return records.map(({ sha256: _, ...record }) => {
    const used = uses.flatMap((each) => each.get(record.id) ?? []);
    const last = Math.max(...used.map(({ lastUsedAt }) => lastUsedAt));
    return {
      ...record,
      state: stateOf(record, wallNow),
      last_used_at: used.length > 0 ? new Date(last).toISOString() : null,
      uses: folders.length > 0 ? used.reduce((sum, each) => sum + each.uses, 0) : null,
    };
  });
}

const columns = [
  "ID",
  "TENANT",
  "NAMESPACE",
  "STATE",
  "EXPIRES",
  "LAST USED",
  "USES",
  "SCOPES",
  "TOPICS",
  "NOTE",
];

function tableOf(listed: readonly ListedKey[], isUseKnown: boolean): string {
  const rows = [columns, ...listed.map((key) => rowOf(key, isUseKnown))];
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const hint = isUseKnown
    ? []
    : ["", "--data FOLDER tells the last uses that the gateway of that data folder saw."];
  return [...lines, ...hint].join("\n");
}

function rowOf(key: ListedKey, isUseKnown: boolean): string[] {
  const { id, tenant, namespace, state, scopes, topics, note = "" } = key;
  const lastUsed = isUseKnown ? (key.last_used_at?.slice(0, 16) ?? "never") : "-";
  return [
    id,
    tenant,
    namespace,
    state,
    key.expires_at?.slice(0, 16) ?? "never",
    lastUsed,
    key.uses === null ? "-" : String(key.uses),
    scopes.length === allScopes.length ? "all" : scopes.join(","),
    topics.join(","),
    note,
  ];
}
