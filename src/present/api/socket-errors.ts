import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { problemType } from "./problems.ts";
import { securityHeaders } from "./security.ts";

/** Answers what is not HTTP, has too large headers or came too slowly; there is no request to speak of. */
export function answerBrokenRequests(
  failure: Error & { readonly code?: string },
  socket: Socket,
): void {
  if (failure.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    failure.code === "HPE_HEADER_OVERFLOW"
      ? 431
      : failure.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? 408
        : 400;
  const body = JSON.stringify({
    type: "urn:iai:error:INVALID_REQUEST",
    title: "The request is not valid",
    status,
    code: "INVALID_REQUEST",
    detail:
      "Cannot read the request: it is not valid HTTP, or it came too slowly; nothing was done",
    trace_id: "none",
  });
  const headers = {
    ...securityHeaders,
    "content-type": problemType,
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const reason = STATUS_CODES[status] ?? "Bad Request";
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${lines.join("")}\r\n${body}`);
}
