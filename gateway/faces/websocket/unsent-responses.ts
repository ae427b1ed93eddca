/**
 * The responses of each connection that are not sent yet: a client may send several requests at once, and is answered in
 * their order. When a connection ends, Node closes the one response whose turn it is to be sent. Those behind it would
 * never be told that their client has gone: their work would go on, and their memory and their places would not be given
 * back.
 */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

export class UnsentResponses {
  private readonly responses = new WeakMap<Socket, Set<ServerResponse>>();

  /** Closes the response when its connection ends, if Node does not. */
  add(socket: Socket, response: ServerResponse): void {
    const responses = this.of(socket);
    responses.add(response);
    response.once("close", () => responses.delete(response));
  }

  private of(socket: Socket): Set<ServerResponse> {
    const known = this.responses.get(socket);
    if (known !== undefined) return known;
    const responses = new Set<ServerResponse>();
    this.responses.set(socket, responses);
    socket.once("close", () => closeQueued(responses));
    return responses;
  }
}

function closeQueued(responses: ReadonlySet<ServerResponse>): void {
  for (const response of [...responses]) {
    if (response.socket !== null || response.writableFinished) continue;
    response.destroy();
    response.emit("close");
  }
}
