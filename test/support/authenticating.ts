/** An authenticator of JSON Web Tokens over issuers in the test's process, with a clock that the test moves. */
import { issuerOf } from "../../gateway/auth/jwt/issuer.js";
import { JwtAuthenticator } from "../../gateway/auth/jwt/jwt-authenticator.js";
import { parseConfig } from "../../gateway/config/parse.js";
import { FakeClock } from "./clock.js";
import type { TestIssuer } from "./issuer.js";
import { KeySetServer } from "./key-set-server.js";

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export class JwtBench {
  readonly clock = new FakeClock();
  readonly server = new KeySetServer();
  readonly lines: LogLine[] = [];
  /** The outcomes of reading key sets, as the metric counts them. */
  readonly outcomes: string[] = [];
  readonly authenticator: JwtAuthenticator;

  /** @param settings the issuers; `jwks_uri` is the issuer's own address where the test gives neither */
  constructor(
    settings: readonly (Readonly<Record<string, unknown>> & { readonly issuer: string })[],
    rememberedMax = 100,
  ) {
    const line = (level: LogLine["level"]) => (fields: object, message: string) =>
      void this.lines.push({ level, fields: { ...fields }, message });
    const dependencies = {
      clock: this.clock,
      log: { info: line("info"), warn: line("warn"), error: line("error") },
      attempted: (issuer: string, outcome: string) => void this.outcomes.push(`${issuer} ${outcome}`),
    };
    const whole = settings.map((each) => ({
      audience: "headgate",
      ...("jwks_file" in each ? {} : { jwks_uri: keySetUri(each.issuer) }),
      ...each,
    }));
    const { issuers } = parseConfig({ auth: { issuers: whole } }).auth;
    this.authenticator = new JwtAuthenticator(
      issuers.map((each) => issuerOf(each, this.server.fetch, dependencies)),
      { clock: this.clock, weightOf: (tenant) => (tenant === "alpha" ? 4 : 1), rememberedMax },
    );
  }

  /** An authenticator that has read the key sets of these issuers. */
  static async of(
    issuers: readonly TestIssuer[],
    settings: Readonly<Record<string, unknown>> = {},
    rememberedMax?: number,
  ): Promise<JwtBench> {
    const bench = new JwtBench(
      issuers.map(({ name }) => ({ issuer: name, ...settings })),
      rememberedMax,
    );
    for (const issuer of issuers) bench.publish(issuer);
    await bench.authenticator.start();
    return bench;
  }

  publish(issuer: TestIssuer): void {
    this.server.publish(keySetUri(issuer.name), issuer.keySet);
  }

  /** The outcome of a token that may have to wait for the end of a cool-down: moves the time as far as needed. */
  async outcomeInTime(token: string): Promise<string> {
    const { armed } = this.clock;
    let outcome: string | undefined;
    void this.outcome(token).then((found) => {
      outcome = found;
    });
    while (outcome === undefined)
      if (this.clock.armed > armed) await this.clock.advance(1_000);
      else await this.clock.settle();
    return outcome;
  }

  /** `accepted`, or the reason of the refusal. */
  async outcome(token: string): Promise<string> {
    const authentication = await this.authenticator.authenticate({ token });
    return authentication.kind === "accepted" ? "accepted" : authentication.reason;
  }
}

export function keySetUri(issuer: string): string {
  return `${issuer}/jwks.json`;
}
