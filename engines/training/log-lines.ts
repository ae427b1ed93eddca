/** The lines that a trainer's process writes, cut and limited: a library may write without end. */
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { ReadRate } from "./read-rate.js";

/** Characters of a line; the rest of it is left out. */
const lineLengthMax = 2_000;

/**
 * Characters that are read in a second. Beyond them the stream is not read until the second is over, and the process
 * waits: splitting text into lines takes the gateway's thread about 1 ms for each 256 KiB.
 */
const secondLengthMax = 262_144;

export class LogLines {
  private readonly decoder = new StringDecoder("utf8");
  /** The line that has no end yet. */
  private rest = "";
  private isCut = false;
  private readonly rate = new ReadRate(secondLengthMax);
  private pause: NodeJS.Timeout | undefined;

  constructor(
    private readonly stream: Readable,
    private readonly line: (text: string) => void,
  ) {
    stream.on("data", (bytes: Buffer) => this.take(this.decoder.write(bytes)));
    stream.on("end", () => this.end());
    stream.on("error", () => {}); // The end of the process says more.
  }

  /** Hands over a last line without an end. */
  end(): void {
    clearTimeout(this.pause);
    if (this.rest !== "") this.finish();
  }

  private take(text: string): void {
    const [first = "", ...others] = text.split(/\r\n|[\r\n]/);
    this.append(first);
    for (const each of others) {
      this.finish();
      this.append(each);
    }
    this.count(text.length);
  }

  private append(text: string): void {
    if (this.isCut) return;
    this.rest += text;
    if (this.rest.length <= lineLengthMax) return;
    this.rest = `${this.rest.slice(0, lineLengthMax)}…`;
    this.isCut = true;
  }

  private finish(): void {
    const { rest } = this;
    this.rest = "";
    this.isCut = false;
    if (rest.trim() !== "") this.line(rest);
  }

  private count(length: number): void {
    const restMs = this.rate.add(length);
    if (restMs === 0 || this.pause !== undefined) return;
    this.stream.pause();
    this.pause = setTimeout(() => {
      this.pause = undefined;
      this.stream.resume();
    }, restMs);
    this.pause.unref();
  }
}
