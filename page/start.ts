/** Puts the page together. Tests give it a source of their own. */
import { GatewayConnection } from "./connection/gateway-connection.js";
import { TokenDialog } from "./connection/token-dialog.js";
import type { PanelContext } from "./panel.js";
import { panels } from "./panels.js";
import { GatewayClock } from "./shell/gateway-clock.js";
import { GatewayFacts } from "./shell/gateway-facts.js";
import { Header } from "./shell/header.js";
import { MessageLine } from "./shell/message-line.js";
import { Notice } from "./shell/notice.js";
import { Stage } from "./shell/stage.js";
import { Tabs } from "./shell/tabs.js";
import type { WatchSource } from "./watch-source.js";

/** How often the header's times are written anew, in milliseconds. */
const tickMs = 1_000;

const outdated = "The gateway was updated and has a newer page than this one. Reload to get it.";

/** @param sourceOf makes the source of samples from the connection */
export function startPage(sourceOf: (connection: GatewayConnection) => WatchSource): void {
  const connection = new GatewayConnection(socketAddress(location), () => location.reload());
  const source = sourceOf(connection);
  const clock = new GatewayClock(Date.now);
  const header = new Header(() => {
    // An address may name a stream, which is not the next one's to know.
    history.replaceState(null, "", "#/");
    connection.signOut();
  });
  const notice = new Notice();
  const messages = new MessageLine();
  const dialog = new TokenDialog((token) => void connection.signIn(token));
  const tabs = new Tabs(panels);
  const stage = new Stage(
    (redraw): PanelContext => ({
      source,
      redraw,
      gate: () => connection.gate,
      get: (path, signal) => connection.get(path, signal),
      onConnection: (listener) => connection.onChange(listener),
      now: () => clock.now(),
      announce: (text) => messages.tell(text),
    }),
  );
  document.body.append(header.root, tabs.root, notice.root, stage.root, messages.root, dialog.root);

  const facts = new GatewayFacts(connection, source, clock);
  let trouble: string | undefined;
  const tick = () => {
    if (document.hidden) return;
    header.showConnection(connection.state, Date.now(), connection.hasToken);
    header.showGateway(facts.version);
    header.showState(facts.state);
    notice.show(connection.state, (facts.isPageOutdated ? outdated : trouble) ?? clock.problem);
  };
  // What a panel or a listener threw: the others go on, and whoever looks is told that something is missing.
  window.addEventListener("error", ({ error }) => {
    if (!(error instanceof Error)) return;
    trouble = `Something could not be shown: ${error.message}. Reload the page if this stays.`;
    tick();
  });
  connection.onChange((state) => {
    if (state.kind === "token") dialog.ask(state.why);
    else if (state.kind === "connected") dialog.close();
    tick();
  });
  facts.onChange(tick);
  setInterval(tick, tickMs);
  document.addEventListener("visibilitychange", tick);

  const route = () => {
    const panel = tabs.chosen();
    tabs.mark(panel);
    document.title = `${panel.title} · Headgate`;
    stage.show(panel);
  };
  window.addEventListener("hashchange", route);
  route();
  void connection.start();
}

/** The socket of the gateway that served the page, also where a proxy serves it below a path. */
function socketAddress({ href }: Location): string {
  const address = new URL("v1", href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  address.hash = "";
  return address.href;
}
