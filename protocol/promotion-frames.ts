/** The types of the frames that choose among a model's versions, and of the record of each such choice. PROTOCOL.md is their specification. */

/** Gives a version of a model its share of the traffic, and an alias where one is named. */
export interface PromoteFrame {
  readonly type: "promote";
  readonly id: number;
  readonly model: string;
  /** A version's number, or the alias that stands for it. */
  readonly version: string;
  /** The name that stands for the version from now on. */
  readonly alias?: string | undefined;
  /** The share of the requests without a version that it answers, from 0 to 1; absent: all. */
  readonly traffic?: number | undefined;
  /** Why, for the record. */
  readonly reason?: string | undefined;
}

/** Takes the last promotion of a model's traffic back; with an alias, the last of that alias. */
export interface RollbackFrame {
  readonly type: "rollback";
  readonly id: number;
  readonly model: string;
  readonly alias?: string | undefined;
  /** Why, for the record. */
  readonly reason?: string | undefined;
}

export type PromotionFrame = PromoteFrame | RollbackFrame;

/** Who changed what answers, when and why. */
export interface PromotionRecord {
  readonly action: "promote" | "rollback" | "publish";
  /** Milliseconds since the epoch. */
  readonly ts: number;
  /** The credential as the gateway's log names it; `cli:` and a user's name for the command. */
  readonly by: string;
  readonly reason: string | null;
  /** The version with the largest share of the traffic before; null where `to` got none. */
  readonly from: string | null;
  readonly to: string;
  /** The share of the requests without a version that `to` answers since; null where only the alias was changed. */
  readonly traffic: number | null;
  /** The alias that stands for `to` since; null where none was named. */
  readonly alias: string | null;
  /** The version that the alias stood for before; null where it was new, or none was named. */
  readonly alias_from: string | null;
  /** The alias that stood for `to` before and stands for nothing since: `challenger`, of what won; absent: none. */
  readonly alias_dropped?: string | undefined;
}

/** An event on `model.<name>`: a version has expired, and refuses every request from now on. */
export interface ModelExpired {
  /** Tells the kinds of events apart. */
  readonly kind: "model_expired";
  /** The model's name. */
  readonly model: string;
  /** The version. */
  readonly version: string;
  /** Milliseconds since the epoch at which it expired. */
  readonly expires_ts: number;
}

/** An event on `model.<name>`: a client or the command chose another version. */
export interface ModelPromoted extends PromotionRecord {
  /** Tells the kinds of events apart. */
  readonly kind: "model_promoted";
  /** The model's name. */
  readonly model: string;
}
