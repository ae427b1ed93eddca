/** Makes the index of the decisions, docs/adr/README.md, from their titles and statuses. */
import { readdirSync, readFileSync } from "node:fs";

const folder = "docs/adr";

export interface DecisionRecord {
  readonly file: string;
  readonly number: number;
  readonly title: string;
  /** `Accepted.`, or the decision that supersedes this one, as Markdown. */
  readonly status: string;
}

export function decisionRecords(): DecisionRecord[] {
  const files = readdirSync(folder).filter((file) => /^\d{4}-.*\.md$/.test(file));
  return files.sort().map((file) => {
    const text = readFileSync(`${folder}/${file}`, "utf8");
    const [, number = "", title = "", status = ""] =
      /^# (\d+)\. (.+)\n\n\*\*Status\.\*\* (.+)\n/.exec(text) ?? [];
    return { file, number: Number(number), title, status };
  });
}

export function decisionIndex(): string {
  const rows = decisionRecords().map(
    ({ file, number, title, status }) => `| [${number}](${file}) | ${title} | ${status} |`,
  );
  return `# Decisions

Short records of what was decided, why, and what it costs; made by \`npm run docs\` from the records' heads. A new one
takes the next number and begins with \`# NUMBER. What was decided\` and \`**Status.** Accepted.\` One that is overruled
keeps its text and says by which: \`**Status.** Superseded by [N](file).\`

| | decision | status |
|---|---|---|
${rows.join("\n")}
`;
}
