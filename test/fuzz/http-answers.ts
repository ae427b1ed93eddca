/** Reads the HTTP answers in what a gateway has sent on a connection. */

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** All answers that are complete. Bytes that are no answer are one with the status NaN. */
export function answersIn(received: Buffer): readonly HttpAnswer[] {
  const answers: HttpAnswer[] = [];
  const text = received.toString("latin1");
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf("\r\n\r\n", at);
    if (end < 0) return answers;
    const head = text.slice(at, end);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    const from = end + 4;
    const body = bodyOf(head, text, from);
    if (body === undefined) return answers;
    answers.push({ status, body: text.slice(from, body) });
    if (status === 101) return answers; // what follows belongs to the WebSocket
    at = body;
  }
  return answers;
}

/** Where the body ends; undefined while it is not complete. */
function bodyOf(head: string, text: string, from: number): number | undefined {
  if (/^transfer-encoding: *chunked/im.test(head)) return chunksEnd(text, from);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  // The answer to HEAD tells a length and has no body: the next answer follows at once.
  if (text.startsWith("HTTP/1.1 ", from)) return from;
  return from + length <= text.length ? from + length : text.length;
}

function chunksEnd(text: string, from: number): number | undefined {
  let at = from;
  for (;;) {
    const line = text.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const size = Number.parseInt(text.slice(at, line), 16);
    at = line + 2 + size + 2;
    if (size === 0) return at;
    if (!(at <= text.length)) return undefined;
  }
}
