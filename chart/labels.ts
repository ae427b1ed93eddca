/** Labels in rows, so that none covers another. Pure. */

export interface Label {
  readonly text: string;
  /** Pixels: what it points at. */
  readonly x: number;
}

export interface PlacedLabel extends Label {
  /** Its left edge. */
  readonly left: number;
  readonly row: number;
}

/**
 * Gives each label the first row with room, from left to right; one that fits in none is left out.
 * @param width pixels of a label, its gap to the next one included
 * @param edges pixels between which labels stay
 */
export function placeLabels(
  labels: readonly Label[],
  width: number,
  rows: number,
  edges: readonly [number, number],
): readonly PlacedLabel[] {
  const ends = new Array<number>(rows).fill(Number.NEGATIVE_INFINITY);
  const placed: PlacedLabel[] = [];
  for (const label of [...labels].sort((a, b) => a.x - b.x)) {
    const left = Math.min(Math.max(label.x - width / 2, edges[0]), edges[1] - width);
    const row = ends.findIndex((end) => left >= end);
    if (row < 0) continue;
    ends[row] = left + width;
    placed.push({ ...label, left, row });
  }
  return placed;
}
