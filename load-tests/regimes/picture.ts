/** Draws a market's level over the years as SVG, with the times that each detector declared turbulent below it. */
import type { States } from "./ask.js";
import type { Market } from "./markets.js";

const size = { width: 960, left: 130, right: 10, top: 10, price: 220, band: 18, gap: 6, bottom: 24 };
const red = "#e03131";

/** @param rows the regimes drawn below the price, by name, from top to bottom */
export function picture({ dates, portfolio }: Market, rows: ReadonlyMap<string, States>): string {
  const n = dates.length;
  const x = (t: number) => size.left + (t / n) * (size.width - size.left - size.right);
  const bandsTop = size.top + size.price + 2 * size.gap;
  const height = bandsTop + rows.size * (size.band + size.gap) + size.bottom;
  const bands = [...rows].map(([name, states], i) => {
    const y = bandsTop + i * (size.band + size.gap);
    const spans = spansOf(states).map(
      ([from, to]) => `M${x(from).toFixed(1)} ${y}H${x(to).toFixed(1)}v${size.band}H${x(from).toFixed(1)}z`,
    );
    const ground = `<rect x="${size.left}" y="${y}" width="${x(n) - size.left}" height="${size.band}" fill="#f1f3f5"/>`;
    const label = `<text x="${size.left - 8}" y="${y + size.band - 5}" text-anchor="end">${name}</text>`;
    return `${ground}<path fill="${red}" d="${spans.join("")}"/>${label}`;
  });
  const years = yearsOf(dates).map(
    ([year, t]) => `<text x="${x(t).toFixed(1)}" y="${height - 8}" text-anchor="middle">${year}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" font-family="sans-serif" font-size="12" fill="#495057">
<rect width="${size.width}" height="${height}" fill="#fff"/>
<polyline fill="none" stroke="#343a40" points="${priceLine(portfolio, x)}"/>
<text x="${size.left - 8}" y="${size.top + 12}" text-anchor="end">price, log</text>
${bands.join("\n")}
${years.join("\n")}
</svg>
`;
}

/** The logarithm of the value of one unit invested on the first day, every third day. */
function priceLine(returns: Float64Array, x: (t: number) => number): string {
  let log = 0;
  const levels = Array.from(returns, (each) => {
    log += Math.log1p(each);
    return log;
  });
  const [low, high] = [Math.min(...levels), Math.max(...levels)];
  const y = (level: number) => size.top + size.price * (1 - (level - low) / (high - low));
  return levels
    .flatMap((level, t) => (t % 3 === 0 ? [`${x(t).toFixed(1)},${y(level).toFixed(1)}`] : []))
    .join(" ");
}

/** The first day, and the day after the last, of each turbulent time. */
function spansOf(states: States): (readonly [number, number])[] {
  const spans: (readonly [number, number])[] = [];
  for (let from = states.indexOf(1); from >= 0; from = states.indexOf(1, from)) {
    let to = from;
    while (states[to] === 1) to++;
    spans.push([from, to]);
    from = to;
  }
  return spans;
}

/** Every second year, and the index of its first day. */
function yearsOf(dates: readonly string[]): (readonly [string, number])[] {
  return dates.flatMap((date, t) => {
    const year = date.slice(0, 4);
    return t > 0 && dates[t - 1]?.slice(0, 4) !== year && Number(year) % 2 === 0 ? [[year, t] as const] : [];
  });
}
