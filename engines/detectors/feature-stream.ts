/**
 * A stream's features, scaled by the window of the last fit: the same scale is applied to the fit's window and to
 * every later observation.
 */
import { type Pieces, pieceSize } from "../pieces.js";
import type { ObservationHistory, SavedState } from "./detector.js";
import type { FeatureKind, Features } from "./features.js";
import { savedArray, savedNumber } from "./saved-state.js";
import { type FeatureScale, scaled, scaledRows, scaleOf } from "./scaling.js";

/** Number of standard deviations at which a feature is clipped, as in the jump model's source code by its authors. */
const clippedAt = 3;

interface ActiveFeatures {
  readonly features: Features;
  readonly scale: FeatureScale;
  /** Number of values in an observation. */
  readonly d: number;
}

export interface FeatureWindow {
  /** Scaled features, row-major [n, m]. */
  readonly X: Float64Array;
  readonly n: number;
  readonly m: number;
  /** The observations [n, d] that belong to the features, row-major. */
  readonly rows: Float64Array;
  readonly d: number;
}

export class FeatureStream {
  private live: ActiveFeatures | undefined;
  private next: (ActiveFeatures & { readonly window: FeatureWindow }) | undefined;

  constructor(private readonly kind: FeatureKind) {}

  /** The scaled features [m] of the next observation; undefined before the first fit. */
  step(row: Float64Array): Float64Array | undefined {
    if (this.live === undefined) return undefined;
    return scaled(this.live.features.push(row), this.live.scale, clippedAt);
  }

  /**
   * The features of a fit's window. They are computed from the window's first row on, independent of earlier
   * observations.
   */
  *window(history: ObservationHistory, length: number): Pieces<FeatureWindow> {
    const past = yield* history.last(length);
    const { d } = past;
    const features = this.kind.start(d);
    const skipped = Math.min(this.kind.settling, past.n >> 1);
    const n = past.n - skipped;
    let m = 0;
    let flat = new Float64Array(0);
    const rowsInPiece = Math.max(1, Math.floor(pieceSize / (64 * d))); // a feature costs some tens of additions
    for (let t = 0; t < past.n; t++) {
      const row = features.push(past.rows.subarray(t * d, (t + 1) * d));
      if (t === 0) {
        m = row.length;
        flat = new Float64Array(n * m);
      }
      if (t >= skipped) flat.set(row, (t - skipped) * m);
      if (t % rowsInPiece === 0) yield;
    }
    const scale = yield* scaleOf(flat, m);
    const X = yield* scaledRows(flat, scale, clippedAt);
    const window = { X, n, m, rows: past.rows.subarray(skipped * d), d };
    this.next = { features, scale, d, window };
    return window;
  }

  /** Adopts the scale of the last window, once its fit was applied. */
  adopt(): FeatureWindow {
    if (this.next === undefined) throw new Error("no fit was asked for");
    const { window, ...live } = this.next;
    this.live = live;
    this.next = undefined;
    return window;
  }

  save(): SavedState {
    if (this.live === undefined) return {};
    const { features, scale, d } = this.live;
    return { d, features: features.save(), mean: scale.mean, inverse: scale.inverse };
  }

  static restore(kind: FeatureKind, saved: SavedState): FeatureStream {
    const stream = new FeatureStream(kind);
    if (saved["d"] === undefined) return stream; // there was no fit yet
    const d = savedNumber(saved, "d");
    stream.live = {
      d,
      features: kind.start(d, savedArray(saved, "features")),
      scale: { mean: savedArray(saved, "mean"), inverse: savedArray(saved, "inverse") },
    };
    return stream;
  }
}
