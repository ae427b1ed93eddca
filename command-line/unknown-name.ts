/** What a command line says to a name that it does not have. A leaf: the gateway's, the bench's and the load's share it. */
import { Command, CommanderError } from "commander";

/** @param what such as `command` @param names those there are */
export function unknownName(what: string, given: string, names: readonly string[]): string {
  const near = nearMiss(given, names);
  return `no ${what} ${given}${near === undefined ? "" : ` (did you mean ${near}?)`}; there are ${names.join(", ")}`;
}

/** A command that only has others under it, made to name them when it is asked for one that it has not. */
export function namingCommands(group: Command): Command {
  return group
    .usage("[options] <command>")
    .helpCommand(true) // with an action of its own it would have none
    .allowExcessArguments()
    .action(() => {
      const [given] = group.args;
      if (given === undefined) group.help({ error: true });
      refuseCommand(group, given);
    });
}

/** Ends the process, naming the commands that there are. */
export function refuseCommand(command: Command, given: string): never {
  const names = command.commands.map((each) => each.name());
  return command.error(`error: ${unknownName("command", given, names)}`);
}

/** Commander's own measure of what is near; it tells it in an error alone. */
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
