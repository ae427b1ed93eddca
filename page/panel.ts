/** What a panel is to the shell, and what the shell gives it. */
import type { Gate } from "../client/typescript/browser.js";
import type { ConnectionState } from "./connection/connection-state.js";
import type { WatchSource } from "./watch-source.js";

/** A tab of the page. */
export interface Panel {
  /** The word in the address: `#/streams`. */
  readonly id: string;
  readonly title: string;
  /** Makes the panel's elements in its place, once, when it is first shown. */
  mount(place: HTMLElement, context: PanelContext): PanelView;
}

export interface PanelView {
  /** The panel's tab was chosen: begin watches here. */
  show(): void;
  /** Another tab was chosen: end the watches. */
  hide(): void;
  /** Draws what is newest. It is called after `context.redraw()`, at most once a frame, and never while hidden. */
  draw(): void;
}

export interface PanelContext {
  /** Samples of the gateway's topics. A watch lives on across connections until it is ended. */
  readonly source: WatchSource;
  /** Asks for one call of `draw`, as soon as the panel can be seen. */
  redraw(): void;
  /** The client of the present connection; undefined before the first, and while a token is asked for. */
  gate(): Gate | undefined;
  /** Answers a GET of the gateway's HTTP API, with the token of the page. */
  get(path: string, signal?: AbortSignal): Promise<Response>;
  /** The state of the connection, and each change of it. @returns ends the listening */
  onConnection(listener: (state: ConnectionState) => void): () => void;
  /** The gateway's time in milliseconds since the epoch, whatever this machine's clock says. */
  now(): number;
  /** Tells in the page's message line what just happened, such as a failed request. */
  announce(text: string): void;
}
