/**
 * The memory of all HTTP bodies that are being received or answered. A place is taken before a byte is read, for the
 * announced length or the most that may come. Pure.
 */
import { HeadgateError } from "../../../protocol/errors.js";

export class BodyPlaces {
  private taken = 0;

  constructor(private readonly bytesMax: number) {}

  get bytes(): number {
    return this.taken;
  }

  /** @throws HeadgateError resource_exhausted, retryable, when the memory is in use */
  take(bytes: number): BodyPlace {
    if (this.taken + bytes > this.bytesMax)
      throw new HeadgateError(
        "resource_exhausted",
        `the bodies of HTTP requests take ${this.bytesMax} bytes already, which is limits.http_body_bytes`,
        { retryAfterMs: 1_000 },
      );
    this.taken += bytes;
    return new BodyPlace(bytes, (change) => {
      this.taken += change;
    });
  }
}

export class BodyPlace {
  constructor(
    private held: number,
    private readonly changed: (bytes: number) => void,
  ) {}

  /** Keeps so many bytes of the place, which must not be more than it holds, and gives the others back. */
  shrink(bytes: number): void {
    this.changed(bytes - this.held);
    this.held = bytes;
  }

  /** Gives the whole place back; repeated calls have no further effect. */
  leave(): void {
    this.shrink(0);
  }
}
