/**
 * What became of every request, observation and event, in counts: whether anything was lost or told twice when the
 * gateway was killed. Pure: counts in, broken promises out.
 */

/** Each request has one outcome. */
export interface RequestCounts {
  readonly asked: number;
  readonly by_gateway: number;
  readonly by_fallback: number;
  readonly failed: number;
}

export interface ObservationCounts {
  readonly sent: number;
  readonly acked_before_kill: number;
  readonly acked_after_kill: number;
  /** Sent when the gateway was killed, and not acked until it was back. */
  readonly unacked_at_kill: number;
  /** Acked as rows that the gateway had already: it was killed after it took them and before it acked them. */
  readonly acked_as_duplicate: number;
  readonly failed: number;
  /** The observations that the gateway had on its disk when it came back; null when it was not killed. */
  readonly kept_at_return: number | null;
  /** The observations that the gateway has at the end. */
  readonly kept: number;
}

export interface EventCounts {
  readonly received_before_kill: number;
  readonly received_after_kill: number;
  readonly in_log: number;
  readonly missing: number;
  readonly repeated: number;
  readonly out_of_order: number;
}

/** An event's number in its topic. */
interface LoggedEvent {
  readonly offset: number;
}

/**
 * Compares what a subscriber received with the log.
 * @param receivedBefore the number of events that came before the kill
 */
export function eventCounts(
  received: readonly LoggedEvent[],
  receivedBefore: number,
  log: readonly LoggedEvent[],
): EventCounts {
  const offsets = received.map(({ offset }) => offset);
  const distinct = new Set(offsets);
  return {
    received_before_kill: receivedBefore,
    received_after_kill: received.length - receivedBefore,
    in_log: log.length,
    missing: log.filter(({ offset }) => !distinct.has(offset)).length,
    repeated: offsets.length - distinct.size,
    out_of_order: offsets.filter((offset, i) => i > 0 && offset < (offsets[i - 1] ?? 0)).length,
  };
}

export interface DeliveryCounts {
  readonly requests: RequestCounts;
  readonly observations: ObservationCounts;
  readonly events: EventCounts;
}

/** Describes in words each promise that the counts show to be broken; empty when nothing was lost or told twice. */
export function brokenPromises({ requests, observations, events }: DeliveryCounts): readonly string[] {
  const answered = requests.by_gateway + requests.by_fallback;
  const acked = observations.acked_before_kill + observations.acked_after_kill;
  const atReturn = observations.kept_at_return ?? observations.acked_before_kill;
  const mostAtReturn = observations.acked_before_kill + observations.unacked_at_kill;
  const received = events.received_before_kill + events.received_after_kill;
  return [
    [answered + requests.failed !== requests.asked, `${requests.asked} requests had ${answered} answers`],
    [requests.failed > 0, `${requests.failed} of ${requests.asked} requests failed`],
    [acked !== observations.sent, `${acked} of ${observations.sent} observations were acked`],
    [
      atReturn < observations.acked_before_kill,
      `lost in the crash: ${observations.acked_before_kill} observations were acked, ${atReturn} were kept`,
    ],
    [atReturn > mostAtReturn, `${atReturn} observations were kept, ${mostAtReturn} had been sent`],
    [
      observations.kept !== observations.sent,
      `${observations.sent} observations were sent, the gateway has ${observations.kept}`,
    ],
    [events.missing > 0, `${events.missing} of ${events.in_log} events in the log did not arrive`],
    [events.repeated > 0, `${events.repeated} events arrived more than once`],
    [events.out_of_order > 0, `${events.out_of_order} events arrived out of order`],
    [
      events.missing + events.repeated === 0 && received !== events.in_log,
      `${received} events arrived, the log has ${events.in_log}`,
    ],
  ].flatMap(([broken, words]) => (broken ? [String(words)] : []));
}
