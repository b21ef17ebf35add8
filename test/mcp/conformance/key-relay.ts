import { request as ask, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The runner knows no keys: this stands between and adds one; all else, Host and Origin too, passes as it is. */
export async function openKeyRelay(
  target: URL,
  key: string,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const relay = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const onward = ask(
      {
        host: target.hostname,
        port: target.port,
        method,
        path,
        headers: { ...headers, authorization: `Bearer ${key}` },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        answer.pipe(outgoing);
      },
    );
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  const { port } = relay.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    close: async () => {
      relay.closeAllConnections();
      await new Promise((resolve) => relay.close(resolve));
    },
  };
}
