/** The panel "Connections": who is connected, and what each has in flight. */
import { element, setText } from "../element.js";
import { amount, bytes, duration } from "../numbers/format.js";
import type { Panel, PanelContext } from "../panel.js";
import type { ConnectionSample, ConnectionsSample } from "../samples.js";
import { SortableTable, type TableOptions } from "../table/sortable-table.js";
import { WatchedPanel } from "../watched-panel.js";

export const connectionsPanel: Panel = {
  id: "connections",
  title: "Connections",
  mount: (place, context) => new ConnectionsView(place, context),
};

interface ConnectionRow extends ConnectionSample {
  /** Milliseconds that it has been open. */
  readonly ageMs: number;
}

const columns: TableOptions<ConnectionRow>["columns"] = [
  {
    id: "client",
    isText: true,
    title: "Client",
    hint: "The name that the client gave itself.",
    value: ({ client }) => client ?? "",
    text: ({ client }) => client ?? "unnamed",
  },
  {
    id: "tenant",
    isText: true,
    title: "Tenant",
    value: ({ tenant }) => tenant,
    text: ({ tenant }) => tenant,
  },
  {
    id: "principal",
    isText: true,
    title: "Principal",
    hint: "Whom the credential names.",
    value: ({ principal }) => principal,
    text: ({ principal }) => principal,
  },
  {
    id: "inFlight",
    title: "In flight",
    value: ({ in_flight }) => in_flight,
    text: ({ in_flight }) => amount(in_flight),
  },
  {
    id: "messages",
    title: "Messages/s",
    value: ({ messages_per_second }) => messages_per_second,
    text: ({ messages_per_second }) => amount(messages_per_second),
  },
  {
    id: "subscriptions",
    title: "Subscriptions",
    value: ({ subscriptions }) => subscriptions,
    text: ({ subscriptions }) => amount(subscriptions),
  },
  {
    id: "sent",
    title: "Sent",
    value: ({ bytes_sent }) => bytes_sent,
    text: ({ bytes_sent }) => bytes(bytes_sent),
  },
  {
    id: "unsent",
    title: "Unsent",
    hint: "Bytes that wait because the client reads slowly.",
    value: ({ bytes_waiting }) => bytes_waiting,
    text: ({ bytes_waiting }) => bytes(bytes_waiting),
  },
  { id: "age", title: "Open for", value: ({ ageMs }) => ageMs, text: ({ ageMs }) => duration(ageMs) },
  {
    id: "transport",
    isText: true,
    title: "Transport",
    value: ({ transport }) => transport,
    text: ({ transport }) => transport,
  },
  { id: "id", isText: true, title: "Connection", value: ({ id }) => id, text: ({ id }) => id },
];

class ConnectionsView extends WatchedPanel<"gateway.connections"> {
  private readonly total = element("p", { class: "hint" });
  private readonly table = new SortableTable<ConnectionRow>({
    title: "Open connections",
    order: { column: "inFlight", descending: true },
    key: ({ client, tenant, principal, id }) => `${client ?? ""} ${tenant} ${principal} ${id}`,
    empty: "",
    columns,
  });

  constructor(place: HTMLElement, context: PanelContext) {
    super("gateway.connections", "Connections", place, context);
    this.place.append(this.total, this.table.root);
  }

  protected write({ total, connections, left_out, scope }: ConnectionsSample): void {
    const whose = scope === "tenant" ? " of your tenant" : "";
    const rest = left_out > 0 ? `; the ${connections.length} with the most in flight are listed` : "";
    setText(this.total, `${total.toLocaleString("en-US")} open${whose}${rest}.`);
    const now = this.context.now();
    this.table.show(connections.map((each) => ({ ...each, ageMs: Math.max(0, now - each.since) })));
  }
}
