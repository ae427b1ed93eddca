/** Places labels in rows so that they do not overlap. Pure. */

export interface Label {
  readonly text: string;
  /** Pixels: the position that the label points at. */
  readonly x: number;
}

export interface PlacedLabel extends Label {
  /** Pixels: the label's left edge. */
  readonly left: number;
  readonly row: number;
}

/**
 * Gives each label, from left to right, the first row with room; a label that fits in no row is omitted.
 * @param width pixels of a label, with its gap to the next one
 * @param edges pixels between which labels are placed
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
