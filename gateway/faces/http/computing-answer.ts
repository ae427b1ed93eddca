/**
 * Lets a connection be silent while its answer is computed. The server ends connections that are silent for 30 s, and a
 * fit may take longer. What bounds the wait is the request's own deadline; an answer that is not read is ended as before.
 */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

interface SilentConnection {
  /** Answers that are being computed: a client may send several requests at once. */
  answers: number;
  /** Milliseconds of silence that the server allows otherwise. */
  readonly idleMs: number;
}

const silentConnections = new WeakMap<Socket, SilentConnection>();

/** Settles as `answer` does. @param incoming undefined for a request without a socket */
export async function whileComputing<T>(
  incoming: IncomingMessage | undefined,
  answer: Promise<T>,
): Promise<T> {
  const socket = incoming?.socket;
  if (socket === undefined) return answer;
  const silent = silentConnections.get(socket) ?? { answers: 0, idleMs: socket.timeout ?? 0 };
  silentConnections.set(socket, silent);
  silent.answers++;
  socket.setTimeout(0);
  try {
    return await answer;
  } finally {
    if (--silent.answers === 0) {
      silentConnections.delete(socket);
      socket.setTimeout(silent.idleMs);
    }
  }
}
