import { readFileSync } from "node:fs";
import { createServer, type RequestListener, request } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { freePorts } from "../processes.ts";

export interface NacosGateway {
  readonly address: string;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** A reverse proxy before a server on loopback, as plants put TLS before Nacos; it remembers what was asked for. */
export async function openNacosGateway(
  port: number,
  tls: { readonly certFile: string; readonly keyFile: string } | null = null,
): Promise<NacosGateway> {
  const asked: string[] = [];
  const forward: RequestListener = (incoming, answer) => {
    asked.push((incoming.url ?? "").split("?")[0] ?? "");
    const { method, url, headers } = incoming;
    const sent = request({ host: "127.0.0.1", port, method, path: url, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
    });
    sent.on("error", () => answer.writeHead(502).end());
    incoming.pipe(sent);
  };
  const server =
    tls === null
      ? createServer(forward)
      : createTlsServer(
          { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) },
          forward,
        );
  const [own] = await freePorts(1);
  await new Promise<void>((resolve) => server.listen(own, "127.0.0.1", resolve));
  return {
    address: `${tls === null ? "http" : "https"}://127.0.0.1:${own}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
