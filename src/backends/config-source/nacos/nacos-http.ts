import { readFile } from "node:fs/promises";
import { type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { unreadable } from "../../../kernel/yaml-document.ts";
import type { NacosConfig } from "./config.ts";

export interface NacosRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** After the context path. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface NacosAnswer {
  readonly status: number;
  readonly body: string;
}

/** One request to one server; rejects when no answer comes. */
export type AskServer = (
  address: string,
  request: NacosRequest,
  signal: AbortSignal,
) => Promise<NacosAnswer>;

const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

/**
 * The plain HTTP of Nacos' open API. Not `fetch`: it cannot be told to trust a plant's own authority without
 * trusting it everywhere. Connections are not kept: requests are few, and one that died idle would cost an attempt.
 */
export async function openNacosHttp(config: NacosConfig): Promise<AskServer> {
  const ca = config.tlsCaFile === null ? null : await readCa(config.tlsCaFile);
  return (address, { method, path, query = {}, form, headers = {} }, signal) => {
    const url = new URL(`${config.contextPath}${path}`, address);
    url.search = new URLSearchParams(query).toString();
    const body = form === undefined ? null : new URLSearchParams(form).toString();
    const options: RequestOptions & { ca?: string } = {
      method,
      signal,
      agent: false,
      headers: {
        ...headers,
        ...(body === null ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        ...(body === null ? {} : { "content-length": Buffer.byteLength(body) }),
      },
      ...(ca === null ? {} : { ca }),
    };
    return new Promise((resolve, reject) => {
      const send = url.protocol === "https:" ? requestHttps : requestHttp;
      const sent = send(url, options, (answer) => {
        readBody(answer).then(
          (text) => resolve({ status: answer.statusCode ?? 0, body: text }),
          reject,
        );
      });
      sent.on("error", reject);
      sent.end(body ?? undefined);
    });
  };
}

async function readBody(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > ANSWER_BYTES_MAX)
      throw new Error(`its answer is longer than ${ANSWER_BYTES_MAX} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw unreadable(path, "the certificate file cannot be read", cause);
  }
}
