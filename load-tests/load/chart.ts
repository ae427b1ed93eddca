/** A line chart as SVG. */

export interface ChartLine {
  readonly name: string;
  readonly colour: string;
  readonly thin?: boolean;
  /** Pairs of seconds and values, in order of time. */
  readonly points: readonly (readonly [number, number])[];
}

const size = { width: 900, height: 220, left: 60, right: 10, top: 10, bottom: 28 };

export function chart(title: string, unit: string, lines: readonly ChartLine[]): string {
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) return "";
  const last = Math.max(1, ...points.map(([at]) => at));
  const highest = Math.max(...points.map(([, value]) => value));
  const top = highest > 0 ? roundUp(highest) : 1;
  const x = (at: number) => size.left + (at / last) * (size.width - size.left - size.right);
  const y = (value: number) =>
    size.height - size.bottom - (value / top) * (size.height - size.top - size.bottom);
  const paths = lines.map(
    ({ colour, thin, points: of }) =>
      `<polyline fill="none" stroke="${colour}" stroke-width="${thin ? 1 : 2}" ${thin ? 'stroke-dasharray="3 2"' : ""} points="${of.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ")}"/>`,
  );
  const grid = [0, 0.5, 1].map((share) => {
    const at = y(share * top).toFixed(1);
    return `<line x1="${size.left}" x2="${size.width - size.right}" y1="${at}" y2="${at}" stroke="#e9ecef"/><text x="${size.left - 6}" y="${Number(at) + 4}" text-anchor="end" font-size="12" fill="#868e96">${label(share * top)} ${unit}</text>`;
  });
  const legend = lines
    .map(({ name, colour }) => `<span style="color:${colour}">■ ${name.replaceAll("<", "&lt;")}</span>`)
    .join(" &nbsp; ");
  return `<figure><figcaption>${title}</figcaption><small>${legend}</small>
<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${title}">${grid.join("")}${paths.join("")}
<text x="${size.width - size.right}" y="${size.height - 8}" text-anchor="end" font-size="12" fill="#868e96">${last.toFixed(0)} s</text></svg></figure>`;
}

/** The smallest number of the form 1, 2 or 5 times a power of ten that is not below the value. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

function label(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));
}
