/** `headgate keys`: makes, lists, rotates and revokes the API keys of a keys file, whether a gateway runs or not. */
import { Command, InvalidArgumentError } from "commander";
import { namingCommands } from "../../command-line/unknown-name.js";
import { createdKey, type NewKey, rotated, withRevoked } from "../auth/key-changes.js";
import { changeKeysFile } from "../auth/keys-file.js";
import { durationOf, expiryOf, filesOf, type KeysFileFlags, withKeysFile } from "./keys-arguments.js";
import { type GrantFlags, grantsOf, withGrants } from "./keys-grants.js";
import { listCommand } from "./keys-list.js";
import { printCreated, reporting, type TokenFlags, withTokenIn } from "./keys-output.js";

const examples = `
Examples:
  headgate keys create --tenant alpha --scopes models:infer,fits:run --expires 90d   make a key; its token is printed once
  headgate keys list --data data                                                     all keys, and when each was last used
  headgate keys rotate 7kq2m4xw9d --overlap 24h                                    a second key; the first ends a day later
  headgate keys revoke 7kq2m4xw9d                                                  end a key now

The file is the one that a gateway names in auth.keys_file. A gateway that runs takes each change within two seconds.
docs/authentication.md says more.`;

export function keysCommand(): Command {
  const keys = new Command("keys")
    .description("Make, list, rotate and revoke the API keys of a keys file")
    .addHelpText("after", examples);
  for (const command of [createCommand(), listCommand(), rotateCommand(), revokeCommand()])
    keys.addCommand(command);
  return namingCommands(keys);
}

interface CreateFlags extends KeysFileFlags, GrantFlags, TokenFlags {
  readonly expires: string;
  readonly note?: string;
}

function createCommand(): Command {
  const command = new Command("create").description(
    "Make a key and print its token, which cannot be shown again",
  );
  return withTokenFlags(withKeysFile(withGrants(command)))
    .option("--expires <when>", "90d, 12h, 2027-01-31, an ISO 8601 time, or never", expiryOf, "never")
    .option("--note <text>", "what the key is for, at most 256 characters", noteOf)
    .action((flags: CreateFlags) =>
      reporting(async () => {
        const { keys } = filesOf(flags);
        const wanted: NewKey = { ...grantsOf(flags), ...expiring(flags.expires), ...noted(flags.note) };
        const created = await withTokenIn(flags.tokenFile, () =>
          changeKeysFile(keys, (records) => {
            const told = createdKey(records, wanted, Date.now());
            return { records: [...records, told.record], told };
          }),
        );
        printCreated(created, keys, flags);
      }),
    );
}

interface RotateFlags extends KeysFileFlags, TokenFlags {
  readonly overlap: number;
  readonly expires?: string;
}

function rotateCommand(): Command {
  const command = new Command("rotate")
    .description("Make a second key with the same grants, and let the first expire after an overlap")
    .argument("<id>", "the id of the key to be replaced");
  return withTokenFlags(withKeysFile(command))
    .option("--overlap <duration>", "how long both are accepted, such as 24h", durationOf, durationOf("24h"))
    .option("--expires <when>", "of the new key (default: the lifetime that the first was given)", expiryOf)
    .action((id: string, flags: RotateFlags) =>
      reporting(async () => {
        const { keys } = filesOf(flags);
        const expiry = flags.expires === undefined ? "as before" : expiring(flags.expires);
        const times = { overlapMs: flags.overlap, expiry } as const;
        const { successor, predecessor } = await withTokenIn(flags.tokenFile, () =>
          changeKeysFile(keys, (records) => {
            const rotation = rotated(records, id, times, Date.now());
            return { records: rotation.records, told: { ...rotation, ...rotation.successor } };
          }),
        );
        printCreated(successor, keys, flags);
        if (flags.json !== true) console.error(`Key ${id} is accepted until ${predecessor.expires_at}.`);
      }),
    );
}

function revokeCommand(): Command {
  return withKeysFile(new Command("revoke"))
    .description("End keys: a gateway that runs refuses them and closes their connections")
    .argument("<id...>", "the ids of the keys")
    .option("--json", "one JSON object: revoked, the ids")
    .action((ids: string[], flags: KeysFileFlags & { readonly json?: true }) =>
      reporting(async () => {
        const { keys } = filesOf(flags);
        await changeKeysFile(keys, (records) => ({
          records: withRevoked(records, ids, Date.now()),
          told: undefined,
        }));
        if (flags.json === true) return console.log(JSON.stringify({ revoked: ids }, null, 2));
        for (const id of ids) console.log(`Key ${id} is revoked.`);
      }),
    );
}

function withTokenFlags(command: Command): Command {
  return command
    .option("--token-file <file>", "write the token to this new file (mode 0600) in place of the terminal")
    .option("--json", "one JSON object: the key, and its token or token_file");
}

function expiring(expires: string): Pick<NewKey, "expires_at"> {
  return expires === "never" ? {} : { expires_at: expires };
}

function noted(note: string | undefined): Pick<NewKey, "note"> {
  return note === undefined ? {} : { note };
}

function noteOf(text: string): string {
  if (text.length > 256) throw new InvalidArgumentError("a note has at most 256 characters.");
  return text;
}
