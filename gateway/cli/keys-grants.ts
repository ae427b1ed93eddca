/** The options of `headgate keys create` that say what a key grants. */
import { type Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { scopes } from "../auth/scopes.js";
import { grants } from "../config/access.js";
import { listOf } from "./keys-arguments.js";

export interface GrantFlags {
  readonly tenant: string;
  readonly namespace: string;
  readonly scopes: string[];
  readonly topics?: string[];
}

export function withGrants(command: Command): Command {
  return command
    .requiredOption("--tenant <name>", "the tenant that requests with this key count for")
    .option(
      "--namespace <name>",
      "whose streams, topics, kept fits and idempotency keys it shares",
      "default",
    )
    .requiredOption("--scopes <list>", `what it may ask: all, or some of ${scopes.join(",")}`, listOf)
    .option(
      "--topics <list>",
      "topics whose streams it may write and read, such as regime.* (default: all)",
      listOf,
    );
}

/** What a key of these flags grants, with the same checks as the keys file's. */
export function grantsOf({ tenant, namespace, scopes: asked, topics }: GrantFlags) {
  const given = {
    tenant,
    namespace,
    scopes: asked.length === 1 && asked[0] === "all" ? [...scopes] : asked,
    ...(topics !== undefined && { topics }),
  };
  const parsed = z.strictObject(grants).safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InvalidArgumentError(`--${String(issue?.path[0])}: ${issue?.message}`);
}
