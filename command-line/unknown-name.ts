/**
 * The error of a command line for an unknown command or option. The gateway's, the benchmark's and the load test's
 * command lines share it.
 */
import { Command, CommanderError } from "commander";

/**
 * @param what the kind of name, such as `command`
 * @param names the existing names
 */
export function unknownName(what: string, given: string, names: readonly string[]): string {
  const near = nearMiss(given, names);
  return `no ${what} ${given}${near === undefined ? "" : ` (did you mean ${near}?)`}; there are ${names.join(", ")}`;
}

/** Makes a command that only groups other commands name them in its error for an unknown one. */
export function namingCommands(group: Command): Command {
  return group
    .usage("[options] <command>")
    .helpCommand(true) // without this line commander adds no help command, because the group has an action of its own
    .allowExcessArguments()
    .action(() => {
      const [given] = group.args;
      if (given === undefined) group.help({ error: true });
      refuseCommand(group, given);
    });
}

/** Ends the process with an error that names the existing commands. */
export function refuseCommand(command: Command, given: string): never {
  const names = command.commands.map((each) => each.name());
  return command.error(`error: ${unknownName("command", given, names)}`);
}

/** The similar name that commander suggests; commander exposes it only in the text of its own error. */
function nearMiss(given: string, names: readonly string[]): string | undefined {
  const asked = new Command()
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const name of names) asked.command(name);
  try {
    asked.parse([given], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return /\(Did you mean (?:one of )?(.*)\?\)/.exec(error.message)?.[1]?.replaceAll(", ", " or ");
  }
  return undefined;
}
