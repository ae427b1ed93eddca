/** The newest lines of a log, bounded in their number and their length. Pure. */

/** Characters of a line that are kept. */
const lineLengthMax = 2_000;

export class LineLog {
  private lines: string[] = [];
  private dropped = 0;

  constructor(private readonly linesMax: number) {}

  add(line: string): void {
    this.lines.push(line.length > lineLengthMax ? `${line.slice(0, lineLengthMax)}…` : line);
    // The array is cut only when it has twice as many lines as are shown, because each cut copies what stays.
    if (this.lines.length >= 2 * this.linesMax) this.cut();
  }

  /** The newest lines, oldest first; before them a line that says how many are missing, where any are. */
  shown(): readonly string[] {
    this.cut();
    return this.dropped === 0
      ? [...this.lines]
      : [`(${this.dropped} earlier lines were dropped)`, ...this.lines];
  }

  private cut(): void {
    const more = this.lines.length - this.linesMax;
    if (more <= 0) return;
    this.lines = this.lines.slice(more);
    this.dropped += more;
  }
}
