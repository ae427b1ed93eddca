/** A trainer's process and its pipes: messages go in and come out until the process and its whole group have ended. */
import type { ChildProcess } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { EncodingPieces } from "../../protocol/codec.js";
import { encodeFrame, FrameReader } from "./framing.js";
import { LogLines } from "./log-lines.js";
import { parsePipeMessage } from "./parse-pipe-message.js";
import type { FromTrainer, ToTrainer } from "./pipe-messages.js";
import { ReadRate } from "./read-rate.js";
import { killGroup, startTrainer, type TrainerProgram } from "./trainer-program.js";

export interface PipeEvents {
  message(message: FromTrainer): void;
  /** A line on standard output or standard error. */
  line(text: string): void;
  /** It sent something that it must not send. Nothing more is read, and its owner kills it. */
  broken(reason: string): void;
  /** The process and its group have ended, and all that it had sent was handed over. */
  ended(how: string): void;
}

export interface PipeLimits {
  /** From 0 to 19. */
  readonly nice: number;
  /** Bytes of one message of the process. */
  readonly messageBytesMax: number;
}

/** Bytes that are handed to the system at once. */
const sliceBytes = 262_144;
/**
 * Messages that are read in a second. A trainer that reports more often than that has to wait, so that the gateway's
 * thread stays free: each takes it about 10 µs.
 */
const messagesPerSecondMax = 1_000;
/** Milliseconds for which the pipes are read after the process has ended. */
const flushMs = 1_000;

export class TrainerPipes {
  private readonly child: ChildProcess;
  private readonly reader: FrameReader;
  private readonly logs: readonly LogLines[];
  /** Settles when everything that was sent before is written. */
  private written: Promise<void> = Promise.resolve();
  private readonly rate = new ReadRate(messagesPerSecondMax);
  private hasEnded = false;

  constructor(
    program: TrainerProgram,
    { nice, messageBytesMax }: PipeLimits,
    private readonly events: PipeEvents,
  ) {
    this.reader = new FrameReader(messageBytesMax);
    this.child = startTrainer(program, nice);
    const { stdout, stderr, stdio } = this.child;
    for (const stream of stdio) stream?.on("error", () => {}); // The end of the process says more.
    this.logs = [stdout, stderr].flatMap((each) =>
      each === null ? [] : [new LogLines(each, (text) => events.line(text))],
    );
    const messages = stdio[3] as Readable | null | undefined; // the pipe is readable on this side
    messages?.on("data", (piece: Buffer) => this.take(piece, messages));
    this.child.on("error", (error) => this.end(`could not be started: ${error.message}`));
    this.child.on("exit", (code, signal) => this.exited(howEnded(code, signal)));
  }

  /** The id of the process and of its group; undefined when it could not be started. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Messages arrive in the order in which they are sent. What the process does not read any more is dropped. */
  send(message: ToTrainer): void {
    this.written = this.written.then(() => this.write(message));
  }

  /** Ends its input, by which it ends itself. */
  endInput(): void {
    this.written = this.written.then(() => void this.child.stdin?.end());
  }

  /** Kills the process and all that it has started. */
  kill(): void {
    const { pid } = this;
    if (pid !== undefined && !this.hasEnded) killGroup(pid);
  }

  private async write(message: ToTrainer): Promise<void> {
    const { stdin } = this.child;
    if (stdin === null) return;
    for (const part of await inTurns(encodeFrame(message)))
      for (let at = 0; at < part.length; at += sliceBytes) {
        if (this.hasEnded || stdin.destroyed) return;
        await accepted(stdin, plainSlice(part, at));
      }
  }

  private take(piece: Buffer, stream: Readable): void {
    let messages = 0;
    try {
      for (const value of this.reader.take(piece)) {
        this.events.message(parsePipeMessage(value));
        messages++;
      }
    } catch (error) {
      stream.removeAllListeners("data").resume();
      this.events.broken(error instanceof Error ? error.message : String(error));
    }
    const restMs = this.rate.add(messages);
    if (restMs === 0) return;
    stream.pause();
    setTimeout(() => stream.resume(), restMs).unref();
  }

  /** What it had started may hold its pipes open: it is killed, and then the pipes end. */
  private exited(how: string): void {
    const { pid } = this.child;
    if (pid !== undefined) killGroup(pid);
    const late = setTimeout(() => this.end(how), flushMs);
    this.child.once("close", () => {
      clearTimeout(late);
      this.end(how);
    });
  }

  private end(how: string): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    for (const each of this.logs) each.end();
    for (const stream of this.child.stdio) stream?.destroy();
    this.events.ended(how);
  }
}

/** Native code does not take memory that threads share: such a slice is copied. */
function plainSlice(part: Uint8Array, at: number): Uint8Array {
  const slice = part.subarray(at, at + sliceBytes);
  return slice.buffer instanceof SharedArrayBuffer ? slice.slice() : slice;
}

/** Settles when the stream takes more, or has ended. */
function accepted(stream: Writable, bytes: Uint8Array): Promise<void> {
  if (stream.write(bytes)) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = () => {
      stream.off("drain", settle).off("close", settle);
      resolve();
    };
    stream.on("drain", settle).on("close", settle);
  });
}

/** The pieces, each in a turn of its own. */
async function inTurns(pieces: EncodingPieces): Promise<readonly Uint8Array[]> {
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

function howEnded(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === "SIGKILL") return "was killed (signal 9), as the system does when its memory is used up";
  return signal === null ? `ended with code ${code}` : `was ended by a signal (${signal})`;
}
