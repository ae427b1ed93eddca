/** The page's connection to the gateway that served it: the project's own client, made anew for another token. */
import { connect, type Gate, type GateEvent } from "../../client/typescript/browser.js";
import { afterEvent, type ConnectionState, type TokenHistory } from "./connection-state.js";
import { forgetToken, keepToken, keptToken } from "./kept-token.js";
import { haveSameHolder } from "./token-holder.js";

/** Shorter than the client's own: somebody sits before the page and waits. */
const backoff = { firstMs: 500, mostMs: 5_000 };

export type ConnectionListener = (state: ConnectionState) => void;

export class GatewayConnection {
  private present: Gate | undefined;
  /** Counts the clients that were made: what one that was left still reports is not heard. */
  private generation = 0;
  private token: string | undefined = keptToken();
  private history: TokenHistory = "none";
  /** The token that the gateway accepted last: what the page shows was its holder's to see. */
  private accepted: string | undefined;
  private current: ConnectionState = { kind: "connecting" };
  private readonly gateListeners = new Set<(gate: Gate | undefined) => void>();
  private readonly listeners = new Set<ConnectionListener>();

  /**
   * @param url the socket's address
   * @param reload loads the page anew, which forgets all that it shows
   */
  constructor(
    private readonly url: string,
    private readonly reload: () => void,
  ) {}

  get state(): ConnectionState {
    return this.current;
  }

  /** Undefined while a token is asked for. */
  get gate(): Gate | undefined {
    return this.present;
  }

  get hasToken(): boolean {
    return this.token !== undefined;
  }

  /** The listener is called with the present state at once, and with each change. @returns ends the listening */
  onChange(listener: ConnectionListener): () => void {
    this.listeners.add(listener);
    listener(this.current);
    return () => this.listeners.delete(listener);
  }

  /** The listener is called with each client that the page makes; undefined while a token is asked for. */
  onGate(listener: (gate: Gate | undefined) => void): void {
    this.gateListeners.add(listener);
  }

  async start(): Promise<void> {
    this.history = this.token === undefined ? "none" : "given";
    this.enter({ kind: "connecting" });
    const generation = ++this.generation;
    const gate = await connect(this.url, {
      ...(this.token !== undefined && { token: this.token }),
      client: "headgate-page",
      wait: false,
      backoff,
      onEvent: (event) => {
        if (generation === this.generation) this.heard(event);
      },
    });
    if (generation === this.generation) this.become(gate);
    else await gate.close();
  }

  /**
   * The same holder goes on with what the page shows. For anybody else it is loaded anew: figures, names and answers
   * that the former holder saw may be of another tenant.
   */
  async signIn(token: string): Promise<void> {
    this.token = token;
    keepToken(token);
    if (this.accepted !== undefined && !haveSameHolder(this.accepted, token)) return this.reload();
    await this.leave();
    await this.start();
  }

  /** Nothing of what the page shows stays: somebody else may sit before it next. */
  signOut(): void {
    forgetToken();
    this.reload();
  }

  private async leave(): Promise<void> {
    const gate = this.present;
    this.become(undefined);
    this.generation++;
    await gate?.close();
  }

  private heard(event: GateEvent): void {
    if (event.kind === "connected" && this.history !== "none") {
      this.history = "accepted";
      this.accepted = this.token;
    }
    const state = afterEvent(this.current, event, Date.now(), this.history);
    if (state.kind === "token") {
      this.become(undefined);
      forgetToken();
    }
    this.enter(state);
  }

  private become(gate: Gate | undefined): void {
    this.present = gate;
    for (const listener of this.gateListeners) listener(gate);
  }

  private enter(state: ConnectionState): void {
    if (state === this.current) return;
    this.current = state;
    for (const listener of [...this.listeners]) listener(state);
  }

  /** A GET of the gateway's HTTP API with the page's token. */
  get(path: string, signal?: AbortSignal): Promise<Response> {
    const headers = { ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }) };
    return fetch(path, { headers, cache: "no-store", ...(signal !== undefined && { signal }) });
  }
}
