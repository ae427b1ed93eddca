/**
 * All authenticators as one, which the faces ask. The first that recognises the credentials decides. Each outcome is
 * counted, and each refusal logged with its reason, while the client is told the same words in every case.
 */
import type { Logger } from "pino";
import type { Authentication, Authenticator, Credentials, Refusal } from "./authenticator.js";
import { anonymous, type Principal } from "./principal.js";

/** What a client is told of every refusal, so that it cannot find out which part of a guess was right. */
export const refusalWords = "missing, unknown or expired";

/** What a client is told while its token cannot be checked, and may be good. */
export const temporaryRefusalWords = "cannot be checked now; come back later";

export interface AuthenticationFigures {
  /** @param outcome `accepted`, or the reason of the refusal */
  authenticated(method: string, outcome: string): void;
}

export interface RefusalLog {
  report(kind: string, write: (count: number) => void): void;
}

export class Authenticators {
  private readonly anonymous: Principal;

  /** @param list asked in this order; empty when whoever reaches the port may use the gateway */
  constructor(
    private readonly list: readonly Authenticator[],
    private readonly figures: AuthenticationFigures,
    private readonly log: Logger,
    private readonly logLimit: RefusalLog,
    anonymousWeight = 1,
  ) {
    this.anonymous = anonymous(anonymousWeight);
  }

  /** Whether whoever reaches the port may use the gateway. */
  get open(): boolean {
    return this.list.length === 0;
  }

  /** Never rejects. It answers without a promise where every authenticator that was asked did. */
  authenticate(credentials: Credentials): Authentication | Promise<Authentication> {
    if (this.open) return { kind: "accepted", principal: this.anonymous };
    if (credentials.token === undefined && credentials.certificate === undefined)
      return { kind: "refused", reason: "missing" };
    return this.ask(0, credentials);
  }

  /** Grows with each change after which the principals of open connections must be reviewed. */
  get generation(): number {
    let sum = 0;
    for (const { generation = 0 } of this.list) sum += generation;
    return sum;
  }

  /** The principal as it stands now; undefined when its credential was revoked. */
  review(principal: Principal): Principal | undefined {
    let reviewed: Principal | undefined = principal;
    for (const authenticator of this.list)
      if (reviewed !== undefined && authenticator.review !== undefined)
        reviewed = authenticator.review(reviewed);
    return reviewed;
  }

  /** @param principals gives those of the open connections: their credentials count as in use */
  watchUse(principals: () => Iterable<Principal>): void {
    for (const authenticator of this.list) authenticator.watchUse?.(principals);
  }

  async start(): Promise<void> {
    await Promise.all(this.list.map((authenticator) => authenticator.start?.()));
  }

  async close(): Promise<void> {
    for (const authenticator of this.list) await authenticator.close?.();
  }

  private ask(index: number, credentials: Credentials): Authentication | Promise<Authentication> {
    const authenticator = this.list[index];
    if (authenticator === undefined) return this.refused("none", { kind: "refused", reason: "unknown" });
    const answer = authenticator.authenticate(credentials);
    const decide = (authentication: Authentication) =>
      this.decide(index, authenticator.method, authentication, credentials);
    return answer instanceof Promise ? answer.then(decide) : decide(answer);
  }

  private decide(
    index: number,
    method: string,
    authentication: Authentication,
    credentials: Credentials,
  ): Authentication | Promise<Authentication> {
    if (authentication.kind === "refused")
      return authentication.reason === "unknown"
        ? this.ask(index + 1, credentials)
        : this.refused(method, authentication);
    this.figures.authenticated(method, "accepted");
    return authentication;
  }

  private refused(method: string, refusal: Refusal): Refusal {
    const { reason, detail } = refusal;
    this.figures.authenticated(method, reason);
    this.logLimit.report(`credentials refused ${method} ${reason}`, (count) =>
      this.log.warn(
        { method, reason, ...(detail !== undefined && { detail }), count },
        "credentials refused",
      ),
    );
    return refusal;
  }
}
