/**
 * Memory that the requests of all tenants share while they are received. Room is taken before the memory is, and no
 * tenant takes all of it: slow uploads of one would keep out those of all others. Pure.
 */
import { HeadgateError } from "../../protocol/errors.js";
import { isFairShare } from "./fair-share.js";

/** How error messages name what takes the memory, and the setting that limits it. */
export interface PlaceWords {
  readonly all: string;
  readonly ofTenant: string;
  readonly setting: string;
}

interface TenantHolding {
  bytes: number;
  places: number;
}

export class BytePlaces {
  private taken = 0;
  private readonly holdings = new Map<string, TenantHolding>();

  constructor(
    private readonly bytesMax: number,
    private readonly words: PlaceWords,
  ) {}

  get bytes(): number {
    return this.taken;
  }

  /** The places of one tenant. */
  of(tenant: string): TenantBytePlaces {
    return {
      take: (bytes) => {
        this.requireRoom(tenant, bytes, 0);
        this.change(tenant, bytes, 1);
        return new BytePlace(
          bytes,
          (more) => {
            if (more > 0) this.requireRoom(tenant, more, 1);
            this.change(tenant, more, 0);
          },
          (held) => this.change(tenant, -held, -1),
        );
      },
    };
  }

  private change(tenant: string, bytes: number, places: number): void {
    const holding = this.holdings.get(tenant) ?? { bytes: 0, places: 0 };
    this.taken += bytes;
    holding.bytes += bytes;
    holding.places += places;
    if (holding.places === 0) this.holdings.delete(tenant);
    else this.holdings.set(tenant, holding);
  }

  /**
   * A tenant's only place may take whatever is free: the largest request that is allowed must be possible.
   * @param own the number of the tenant's places that the asking one has already
   */
  private requireRoom(tenant: string, bytes: number, own: 0 | 1): void {
    const taken = this.taken + bytes;
    const { all, ofTenant, setting } = this.words;
    if (taken > this.bytesMax)
      throw full(`${all} take ${this.taken} of ${this.bytesMax} bytes already`, setting);
    const { bytes: held, places } = this.holdings.get(tenant) ?? { bytes: 0, places: 0 };
    if (places > own && !isFairShare(held + bytes, this.bytesMax - taken))
      throw full(`${ofTenant} take ${held} bytes, its share of the ${this.bytesMax}`, setting);
  }
}

function full(problem: string, setting: string): HeadgateError {
  return new HeadgateError(
    "resource_exhausted",
    `${problem} (${setting}): wait for answers, then send it again`,
    {
      retryAfterMs: 1_000,
    },
  );
}

export interface TenantBytePlaces {
  /** @throws HeadgateError resource_exhausted, retryable, when the memory, or the tenant's share of it, is in use */
  take(bytes: number): BytePlace;
}

export class BytePlace {
  private isLeft = false;

  constructor(
    private held: number,
    private readonly changed: (bytes: number) => void,
    private readonly left: (bytes: number) => void,
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
    if (this.isLeft) return;
    this.isLeft = true;
    this.left(this.held);
  }
}
