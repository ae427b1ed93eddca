/** The results of tool calls as MCP has them. An error is a text from which a model can tell what to do. */
import type { HeadgateError } from "../../../protocol/errors.js";
import type { Tool, ToolArgumentsError } from "./tool.js";

export interface ToolResult {
  readonly content: { readonly type: "text"; readonly text: string }[];
  readonly structuredContent?: Readonly<Record<string, unknown>>;
  readonly isError?: boolean;
  readonly [field: string]: unknown;
}

/** The result twice: for programs as it is, and for models as text. */
export function successResult(structuredContent: Readonly<Record<string, unknown>>): ToolResult {
  return { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };
}

export function argumentsResult({ message }: ToolArgumentsError): ToolResult {
  return { content: [{ type: "text", text: `invalid_argument: ${message}` }], isError: true };
}

export function errorResult(
  { code, message, retryable, retryAfterMs, processed }: HeadgateError,
  { whereToLook }: Pick<Tool, "whereToLook">,
): ToolResult {
  const sentences = [`${code}: ${message}.`];
  if (code === "not_found" && whereToLook !== "") sentences.push(whereToLook);
  if (retryable) sentences.push(`Try again after ${Math.ceil((retryAfterMs ?? 1_000) / 1_000)} s.`);
  if (processed === "maybe") sentences.push("The request may have been carried out.");
  return { content: [{ type: "text", text: sentences.join(" ") }], isError: true };
}
