/** `headgate models keygen`, `sign` and `verify`: who vouches for a version's files. */
import { writeFile } from "node:fs/promises";
import { Argument, Command } from "commander";
import { RepositoryReader } from "../../engines/onnx/repository.js";
import { newKeys, signingKey, type TrustedKey, trustedKey } from "../../engines/onnx/signing/keys.js";
import { type SelectedVersions, selectVersions, signVersions } from "../../engines/onnx/signing/sign.js";
import { verifyVersion } from "../../engines/onnx/signing/verify.js";
import { fail, integerFrom, repositoryArgument, repositoryOf } from "./models-arguments.js";

export function keygenCommand(): Command {
  return new Command("keygen")
    .description("Make a pair of keys to sign models with: <path> for who signs, <path>.pub for gateways")
    .argument("<path>", "the file of the private key; it is not replaced if it is there")
    .addHelpText(
      "after",
      "\nThe same by openssl: openssl genpkey -algorithm ed25519 -out key.pem; openssl pkey -in key.pem -pubout -out key.pem.pub",
    )
    .action(async (path: string) => {
      const { id, privatePem, publicPem } = newKeys();
      try {
        await writeFile(path, privatePem, { flag: "wx", mode: 0o600 });
        await writeFile(`${path}.pub`, publicPem, { flag: "wx" });
      } catch (error) {
        fail(error);
      }
      console.log(`${path} is the private key: keep it away from gateways and repositories`);
      console.log(`${path}.pub is the public one, ${id}: name it in repository.trusted_keys`);
    });
}

export function signCommand(): Command {
  return new Command("sign")
    .description("Sign the versions of a model: what they are made of, and that you vouch for it")
    .addArgument(modelArgument())
    .requiredOption("--key <file>", "your private ed25519 key, in PEM")
    .option("--models <folder>", "the model repository", "models")
    .option("--version <number>", "this version alone (default: all of them)", integerFrom(1))
    .addHelpText(
      "after",
      "\nIt writes manifest.json and manifest.sig into the version's folder. Sign again after any change of its files, of\nconfig.json (but for traffic, version_policy and load) or of the card.",
    )
    .action(async (model: string, { key, ...selection }: SignFlags) => {
      try {
        const signed = await signVersions({ model, ...selection }, signingKey(key), new Date().toISOString());
        for (const { folder, files, bytes } of signed)
          console.log(`${folder} is signed: ${files} files, ${bytes} bytes`);
      } catch (error) {
        fail(error);
      }
    });
}

export function verifyCommand(): Command {
  return new Command("verify")
    .description("Verify the signatures of a repository, as a gateway with repository.require_signed does")
    .addArgument(repositoryArgument())
    .requiredOption("--key <file...>", "the trusted public keys, in PEM")
    .option("--models <folder>", "the same as the argument")
    .option("--model <name>", "one model alone")
    .option("--json", "one JSON array, a version an entry: model, version, outcome, reason and key_id")
    .addHelpText("after", "\nExits with 1 where a version would not be served for its signature.")
    .action(async (given: string | undefined, flags: VerifyFlags) => {
      const folder = repositoryOf(given, flags.models);
      const verified = await verifyAll(folder, flags).catch(fail);
      console.log(flags.json === true ? JSON.stringify(verified, null, 2) : textOf(folder, verified));
      if (verified.some(({ outcome }) => outcome !== "verified")) process.exitCode = 1;
    });
}

interface SignFlags {
  readonly key: string;
  readonly models: string;
  readonly version?: number;
}

interface VerifyFlags {
  readonly key: readonly string[];
  readonly models?: string;
  readonly model?: string;
  readonly json?: true;
}

interface VerifiedVersion {
  readonly model: string;
  /** Null where the model itself cannot be read. */
  readonly version: number | null;
  readonly outcome: string;
  readonly reason?: string;
  readonly key_id?: string;
}

function modelArgument(): Argument {
  return new Argument(
    "<model>",
    "a model's name in the repository, or the path of its folder, such as ./risk",
  );
}

async function verifyAll(repository: string, { key, model }: VerifyFlags): Promise<VerifiedVersion[]> {
  const trusted = key.map((path) => trustedKey(path));
  const folders = await new RepositoryReader(repository).read();
  const names = model === undefined ? folders.map(({ name }) => name) : [model];
  const verified: VerifiedVersion[] = [];
  for (const name of names)
    try {
      verified.push(
        ...(await verifySelected(await selectVersions({ model: name, models: repository }), trusted)),
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      verified.push({ model: name, version: null, outcome: "unreadable", reason });
    }
  return verified;
}

async function verifySelected(
  { folder: { name }, versions }: SelectedVersions,
  trusted: readonly TrustedKey[],
): Promise<VerifiedVersion[]> {
  const verified: VerifiedVersion[] = [];
  for (const { version, path: folder, linkedFolders, modelPath, settingsDigest } of versions) {
    const checked = await verifyVersion(
      { name, version, folder, linkedFolders, modelPath, settingsDigest },
      trusted,
    );
    const { outcome } = checked;
    verified.push({
      ...{ model: name, version, outcome },
      ...(checked.outcome === "verified" ? { key_id: checked.keyId } : { reason: checked.reason }),
    });
  }
  return verified;
}

function textOf(folder: string, verified: readonly VerifiedVersion[]): string {
  if (verified.length === 0) return `${folder}: no models`;
  return verified
    .map(({ model, version, outcome, reason, key_id }) => {
      const what = version === null ? model : `${model}@${version}`;
      return reason === undefined
        ? `verified  ${what} by ${key_id}`
        : `${outcome.padEnd(9)} ${what}: ${reason}`;
    })
    .join("\n");
}
