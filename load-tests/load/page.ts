/** Renders a result as one self-contained HTML page: a table of the figures, and charts over time. */
import { type ChartLine, chart } from "./chart.js";
import type { GroupResult } from "./group-result.js";
import { percentiles } from "./recorder.js";
import type { ScenarioResult } from "./run.js";
import { sentence } from "./witnessed.js";
import type { WorkerDeaths } from "./worker-deaths.js";

const palette = ["#2f6fde", "#d9480f", "#2b8a3e", "#862e9c", "#0b7285", "#c92a2a"];

export function page(result: ScenarioResult, machine: string): string {
  const { scenario, about, groups } = result;
  const asking = groups.filter(({ kind }) => kind !== "deaf");
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${text(scenario)} · Headgate load</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; color: #212529; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { margin-bottom: 0 } p { color: #495057; margin-top: .2rem }
table { border-collapse: collapse; width: 100%; margin: 1.5rem 0 } th, td { padding: .3rem .6rem; text-align: right }
th { font-weight: 600; border-bottom: 2px solid #dee2e6 } td { border-bottom: 1px solid #f1f3f5 }
th:first-child, td:first-child { text-align: left } .bad { color: #c92a2a }
figure { margin: 1.5rem 0 } figcaption { font-weight: 600 } svg { width: 100%; height: auto }
</style>
<h1>${text(scenario)}</h1><p>${text(about)} · ${result.seconds} s · ${text(machine)}</p>
${summaryTable(groups)}
${result.witnessed === undefined ? "" : `<p>${sentence(result.witnessed)}</p>`}
${result.workers === undefined ? "" : deathsTable(result.workers)}
${chart("Latency from when a request, or the observation behind an event, was due: p50 and, thin, p99", "ms", asking.flatMap(latencyLines))}
${chart(
  "Answers a second",
  "",
  asking.map((group, i) => line(group.name, i, group, (each) => each.answers)),
)}
${chart(
  "Requests that were not answered, a second",
  "",
  asking.map((group, i) => line(group.name, i, group, ({ errors }) => sum(errors))),
)}
${chart("Requests waiting in the gateway", "", [{ name: "queued", colour: palette[0] as string, points: result.readings.map(({ at, queued }) => [at, queued]) }])}
${chart("The gateway's memory", "MB", [{ name: "resident", colour: palette[2] as string, points: result.readings.map(({ at, residentMb }) => [at, residentMb]) }])}
</html>
`;
}

function latencyLines(group: GroupResult, i: number): ChartLine[] {
  return [
    line(`${group.name} p50`, i, group, ({ p50 }) => p50),
    { ...line(`${group.name} p99`, i, group, ({ p99 }) => p99), thin: true },
  ];
}

function line(
  name: string,
  i: number,
  { timeline }: GroupResult,
  of: (second: GroupResult["timeline"][number]) => number | null,
): ChartLine {
  const points = timeline.flatMap((second): [number, number][] => {
    const value = of(second);
    return value === null ? [] : [[second.at, value]];
  });
  return { name, colour: palette[i % palette.length] as string, points };
}

function summaryTable(groups: readonly GroupResult[]): string {
  const rows = groups.map(({ name, summary, closes, kind }) => {
    if (kind === "deaf")
      return `<tr><td>${text(name)}</td><td colspan="8">${text(counts(closes ?? {}))}</td></tr>`;
    const { asked, answers, perSecond, latency, errors } = summary;
    const figures = [
      asked,
      answers,
      perSecond.toFixed(0),
      ...percentiles.map((name) => latency?.[name].toFixed(2) ?? "–"),
    ];
    const failed = sum(errors) > 0 ? `<td class="bad">${text(counts(errors))}</td>` : "<td>none</td>";
    return `<tr><td>${text(name)}</td>${figures.map((each) => `<td>${each}</td>`).join("")}${failed}</tr>`;
  });
  const heads = [
    "group",
    "asked",
    "answered",
    "a second",
    "p50 ms",
    "p90",
    "p99",
    "p99.9",
    "max",
    "not answered",
  ];
  return `<table><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr>${rows.join("")}</table>`;
}

function deathsTable({ planned, deaths, cannot }: WorkerDeaths): string {
  const heading = `<h2>${deaths.length} of ${planned} workers ended</h2>`;
  if (cannot !== undefined) return `${heading}<p class="bad">${text(cannot)}</p>`;
  const names = Object.keys(deaths[0]?.backMs ?? {});
  const rows = deaths.map(({ at, lane, backMs }) => {
    const back = names.map((name) => backMs[name]?.toFixed(0) ?? "never");
    return `<tr>${[lane, at.toFixed(1), ...back].map((each) => `<td>${text(each)}</td>`).join("")}</tr>`;
  });
  const heads = ["lane", "at s", ...names.map((name) => `${name} answered again after ms`)];
  return `${heading}<table><tr>${heads.map((head) => `<th>${text(head)}</th>`).join("")}</tr>${rows.join("")}</table>`;
}

function counts(map: Readonly<Record<string, number>>): string {
  return Object.entries(map)
    .map(([name, count]) => `${name}: ${count}`)
    .join(", ");
}

function sum(counted: Readonly<Record<string, number>>): number {
  return Object.values(counted).reduce((total, count) => total + count, 0);
}

function text(raw: string): string {
  return raw.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
