/** The memory of all HTTP bodies that are being received or answered. Room is taken before the memory is. Pure. */
import { HeadgateError } from "../../../protocol/errors.js";

export class BodyPlaces {
  private taken = 0;

  constructor(private readonly bytesMax: number) {}

  get bytes(): number {
    return this.taken;
  }

  /** @throws HeadgateError resource_exhausted, retryable, when the memory is in use */
  take(bytes: number): BodyPlace {
    this.change(bytes);
    return new BodyPlace(bytes, (change) => this.change(change));
  }

  private change(bytes: number): void {
    if (bytes > 0) this.requireRoom(bytes);
    this.taken += bytes;
  }

  private requireRoom(bytes: number): void {
    if (this.taken + bytes <= this.bytesMax) return;
    throw new HeadgateError(
      "resource_exhausted",
      `the bodies of HTTP requests take ${this.taken} of ${this.bytesMax} bytes already, which is limits.http_body_bytes`,
      { retryAfterMs: 1_000 },
    );
  }
}

export class BodyPlace {
  constructor(
    private held: number,
    private readonly changed: (bytes: number) => void,
  ) {}

  /**
   * Keeps so many bytes: gives others back, or takes more.
   * @throws HeadgateError resource_exhausted, retryable, when there is no room for more; then it stays as it was
   */
  resize(bytes: number): void {
    this.changed(bytes - this.held);
    this.held = bytes;
  }

  /** Gives the whole place back; repeated calls have no further effect. */
  leave(): void {
    this.resize(0);
  }
}
