/** The schema of the samples of `gateway.connections`: what each field means. */
import { z } from "zod";
import type { ConnectionsSample } from "../../../protocol/samples.js";
import { scopeSchema } from "../stats/stats-schema.js";

const count = z.int().min(0);

const connection = z.object({
  id: z.string().describe("The name of the connection, as the gateway's log has it."),
  client: z.string().nullable().describe("The name that the client gave in its hello; null without one."),
  tenant: z.string().describe("The tenant that it acts for."),
  principal: z.string().describe("Its credential, as the log has it: never a secret."),
  since: z.number().describe("When it was welcomed, in milliseconds since the epoch."),
  in_flight: count.describe("Requests without an answer."),
  subscriptions: count.describe("The number of its subscriptions."),
  watches: count.describe("The number of its watches."),
  bytes_sent: count.describe("Bytes that were sent on it."),
  bytes_waiting: count.describe("Bytes that wait to be sent on it."),
  messages: count.describe("Messages that came on it."),
  messages_per_second: z
    .number()
    .nullable()
    .describe("The same, a second in the interval; null in the first sample that has the connection."),
  transport: z.string().describe("Its subprotocol, which names the encoding of its frames."),
});

export const connectionsSchema: z.ZodType<ConnectionsSample> = z.object({
  scope: scopeSchema,
  interval_ms: count.describe("Milliseconds that the sample covers; 0 for the first one of a watch."),
  total: count.describe("The number of connections whose client was welcomed."),
  connections: z.array(connection).describe("Those with most requests in flight, at most 200."),
  left_out: count.describe("The number of connections that are not in the list."),
});
