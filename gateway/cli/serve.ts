/** The gateway's command line: the only file that reads arguments, the environment or signals. */
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { refuseCommand } from "../../command-line/unknown-name.js";
import { ConfigError, parseConfig } from "../config/parse.js";
import { requireSafeBinding } from "../config/requirements.js";
import { tuneGarbageCollection } from "../process/garbage-collection.js";
import { endWithin, stopGraceMs } from "../process/last-resort.js";
import { compactCommand } from "./compact.js";
import { keysCommand } from "./keys.js";
import { modelsCommand } from "./models.js";
import { defaultModels, packageVersion } from "./own-package.js";
import { providersCommand } from "./providers.js";
import { regimesCommand } from "./regimes.js";
import { trainerCommand } from "./trainer.js";

interface ServeFlags {
  readonly host?: string;
  readonly port?: number;
  readonly models?: string;
  readonly data?: string;
  readonly config?: string;
  readonly insecure?: true;
}

export function gatewayCommand(): Command {
  const command = new Command("headgate")
    .description("Serves models, numerics and market regimes over one WebSocket")
    .version(packageVersion(), "--version", "print the version")
    .option("--host <host>", "address to listen on (default 127.0.0.1)")
    .option("--port <port>", "port to listen on, 0 for any (default 8470)", portOf)
    .option(
      "--models <folder>",
      "model repository (default models, or the package's own where that folder is not there)",
    )
    .option("--data <folder>", "where the gateway keeps what must survive it (default data)")
    .option("--config <file>", "JSON file; flags win over it")
    .option("--insecure", "listen beyond this machine without TLS or without keys")
    .enablePositionalOptions() // because a subcommand has a --models of its own
    .helpCommand(true)
    .allowExcessArguments() // because an unknown command is reported below
    .addCommand(modelsCommand())
    .addCommand(regimesCommand())
    .addCommand(keysCommand())
    .addCommand(providersCommand())
    .addCommand(trainerCommand())
    .addCommand(compactCommand());
  return command.action((flags: ServeFlags) => {
    const [given] = command.args;
    return given === undefined ? serve(flags) : refuseCommand(command, given);
  });
}

async function serve({ config: file, insecure, ...flags }: ServeFlags): Promise<void> {
  try {
    tuneGarbageCollection();
    const { folder: models, note } = defaultModels();
    const given = { ...(file !== undefined && readConfig(file)), ...flags };
    const config = parseConfig({ models, ...given });
    requireSafeBinding(config, insecure === true);
    // Loading the gateway takes half a second of processor time, which the other commands do without.
    const { Gateway } = await import("../gateway.js");
    const { createLog } = await import("../observe/log.js");
    const log = createLog(config.log_level);
    if (note !== undefined && !Object.hasOwn(given, "models")) log.info({ models }, note);
    const gateway = await Gateway.open({ config, log, environment: process.env });
    for (const signal of ["SIGTERM", "SIGINT"] as const)
      process.once(signal, () => {
        log.info({ signal }, "asked to stop");
        endWithin(config.drain.deadline_ms + stopGraceMs);
        gateway.stop().then(
          () => process.exit(0),
          (error: unknown) => {
            log.fatal({ err: error }, "the stop failed");
            process.exit(1);
          },
        );
      });
    await gateway.start();
  } catch (error) {
    console.error(`headgate did not start.\n${describe(error)}`);
    process.exit(error instanceof ConfigError ? 2 : 1);
  }
}

function readConfig(path: string): object {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ConfigError(`--config ${path}: ${describe(error)}`);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new ConfigError(`--config ${path}: must be a JSON object`);
  return json;
}

function portOf(text: string): number {
  const port = Number(text);
  if (text.trim() === "" || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError("a port is an integer from 0 to 65535.");
  return port;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
