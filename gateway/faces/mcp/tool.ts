/** What a tool is: its description for agents, and the function that carries a call out. */
import { z } from "zod";
import type { RequestService } from "../../requests/request-service.js";
import type { Requester } from "../../requests/requester.js";
import type { EventWaits } from "./event-waits.js";

/** The call of a tool, with what the tool needs to carry it out. */
export interface ToolCall {
  readonly requester: Requester;
  readonly requests: RequestService;
  readonly waits: EventWaits;
  /**
   * Keeps the place of the call's connection for minutes, and answers what gives it back.
   * @throws HeadgateError resource_exhausted
   */
  readonly keepConnection: () => () => void;
  /** The JSON-RPC id of the call, for the log. */
  readonly id: string | number;
  /** The W3C trace context of the call. */
  readonly traceparent: string | undefined;
  /** Aborted when the client cancels the call or disconnects. */
  readonly signal: AbortSignal;
  /** Shows the client that the call is alive; absent where it asked for no progress. */
  readonly progress: ((seconds: number, total: number, message: string) => void) | undefined;
}

export interface ToolSpec<I extends z.ZodObject, O extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: I;
  readonly output: O;
  /** True when a call changes nothing in the gateway, and repeating it has no further effect. */
  readonly readOnly: boolean;
  /** True when calls compute or wait, and are answered with a stream that shows that they are alive. */
  readonly slow?: boolean;
  /** What an agent may do when something is not found. */
  readonly whereToLook?: string;
  readonly run: (args: z.output<I>, call: ToolCall) => z.input<O> | Promise<z.input<O>>;
}

/** A JSON Schema with an object at its root, as MCP wants it. */
export interface ObjectSchema {
  readonly type: "object";
  readonly [keyword: string]: unknown;
}

/** A tool as `tools/list` shows it. */
export interface ToolDefinition {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: ObjectSchema;
  readonly outputSchema: ObjectSchema;
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
}

export interface Tool {
  readonly definition: ToolDefinition;
  readonly slow: boolean;
  readonly whereToLook: string;
  /** @throws ToolArgumentsError, HeadgateError */
  readonly call: (args: unknown, call: ToolCall) => Promise<Readonly<Record<string, unknown>>>;
}

/** Arguments that do not fit the tool's schema. The message names each wrong one. */
export class ToolArgumentsError extends Error {
  override readonly name = "ToolArgumentsError";
}

export function tool<I extends z.ZodObject, O extends z.ZodObject>(spec: ToolSpec<I, O>): Tool {
  const { name, title, description, input, output, readOnly, slow = false, whereToLook = "", run } = spec;
  return {
    slow,
    whereToLook,
    definition: {
      name,
      title,
      description,
      inputSchema: objectSchema(input, "input"),
      outputSchema: objectSchema(output, "output"),
      annotations: {
        readOnlyHint: readOnly,
        destructiveHint: false,
        idempotentHint: readOnly,
        openWorldHint: false,
      },
    },
    call: async (args, call) => {
      const parsed = input.safeParse(args ?? {});
      if (!parsed.success)
        throw new ToolArgumentsError(problems(parsed.error.issues, Object.keys(input.shape)));
      return run(parsed.data, call);
    },
  };
}

function objectSchema(schema: z.ZodObject, io: "input" | "output"): ObjectSchema {
  return { ...z.toJSONSchema(schema, { io, override: withoutSafeRange }), type: "object" };
}

/** The range of exact integers, which Zod states for each of them, would only take room in a model's context. */
function withoutSafeRange({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

const problemsMax = 5;
const problemLengthMax = 300;

function problems(issues: readonly z.core.$ZodIssue[], known: readonly string[]): string {
  return issues
    .slice(0, problemsMax)
    .map((issue) => {
      const path = issue.path.join(".") || "arguments";
      const hint = issue.code === "unrecognized_keys" ? `; there are ${known.join(", ")}` : "";
      return `${path}: ${issue.message.slice(0, problemLengthMax)}${hint}`;
    })
    .join("\n");
}
