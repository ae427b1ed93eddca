/** Reads the table of what the two clients can do from client/capabilities.json, and makes its page. */
import { readFileSync } from "node:fs";

/** One capability, with its name in each client; null for a client that does not have it. */
export interface CapabilityRow {
  readonly what: string;
  readonly typescript: string | null;
  readonly python: string | null;
  /** `name`, when the two names differ only by their case; `typescript = python`; or one side left empty. */
  readonly members?: readonly string[];
  /** Public names of the Python package that only the client's own modules use. */
  readonly internal?: readonly string[];
  /** The reason why one client does not have it, or has another name. */
  readonly why?: string;
}

export interface CapabilityTable {
  readonly eventKinds: readonly string[];
  readonly sections: readonly { readonly title: string; readonly rows: readonly CapabilityRow[] }[];
}

/** A member's name in each client. */
export interface MemberNames {
  readonly typescript: string | undefined;
  readonly python: string | undefined;
}

export function capabilityTable(): CapabilityTable {
  return JSON.parse(readFileSync("client/capabilities.json", "utf8")) as CapabilityTable;
}

export function membersOf({ members = [] }: CapabilityRow): readonly MemberNames[] {
  return members.map((member) => {
    const [typescript = "", python] = member.split("=").map((name) => name.trim());
    if (python === undefined) return { typescript, python: inPythonCase(typescript) };
    return { typescript: typescript || undefined, python: python || undefined };
  });
}

export function inPythonCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Whether two names differ only by their language's case, and by the unit of a time. */
export function saysTheSame(typescript: string, python: string): boolean {
  const cased = inPythonCase(typescript);
  return [cased, cased.replace(/_ms$/, ""), cased.replace(/_ms$/, "_s")].includes(python);
}

/** The page docs/clients.md. */
export function clientsPage(): string {
  const { sections, eventKinds } = capabilityTable();
  const kinds = eventKinds.map((kind) => `\`${kind}\``).join(", ");
  return `# What the two clients can do

Made from \`client/capabilities.json\` by \`npm run docs\`. Tests of both clients hold that each name is there, and that
no public name is missing here.

A name differs between the clients by its language's case alone: \`lastTs\` in TypeScript is \`last_ts\` in Python. Times
that a caller gives or is told about calls are milliseconds in TypeScript, whose names end in \`Ms\`, and seconds in
Python: \`timeoutMs\` is \`timeout\`, \`lastedMs\` is \`lasted_s\`. Times of the market are milliseconds since the epoch in
both. Where a client does without a name, or has another, the table says why. The kinds of events are the same in both:
${kinds}.
${sections.map(({ title, rows }) => `\n## ${title}\n\n${tableOf(rows)}\n`).join("")}`;
}

function tableOf(rows: readonly CapabilityRow[]): string {
  const lines = rows.map(
    (row) =>
      `| ${row.what} | ${cell(row.typescript, row, "typescript")} | ${cell(row.python, row, "python")} | ${row.why ?? ""} |`,
  );
  return ["| capability | TypeScript | Python | why they differ |", "|---|---|---|---|", ...lines].join("\n");
}

function cell(name: string | null, row: CapabilityRow, language: keyof MemberNames): string {
  if (name === null) return "";
  const members = membersOf(row).flatMap((names) => names[language] ?? []);
  const list = members.map((member) => `\`${member}\``).join(", ");
  return `\`${name}\`${list === "" ? "" : `: ${list}`}`;
}
