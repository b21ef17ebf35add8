import { readFile } from "node:fs/promises";
import type { UserIdentityInfo } from "node-opcua-client";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import { readSecretFile } from "../../../kernel/secret-file.ts";
import type { OpcuaConnectionConfig } from "./config.ts";
import type { Opcua } from "./library.ts";

export interface IdentityDeps {
  readonly log: Log;
  /** The environment, for passwords. */
  readonly variable: (name: string) => string | undefined;
}

/** Who IAI is at the server: nobody, a user with a password, or one with a certificate; read anew each time. */
export async function readIdentity(
  opcua: Opcua,
  config: OpcuaConnectionConfig,
  deps: IdentityDeps,
): Promise<UserIdentityInfo> {
  const { username, userCertificateFile, userKeyFile } = config;
  if (userCertificateFile !== null && userKeyFile !== null) {
    const certificate = await readPart(userCertificateFile);
    const privateKey = (await readPart(userKeyFile)).toString("utf8");
    const certificateData = derOf(certificate, userCertificateFile);
    return { type: opcua.UserTokenType.Certificate, certificateData, privateKey };
  }
  if (username === null) return { type: opcua.UserTokenType.Anonymous };
  const password = await passwordOf(config, deps);
  return { type: opcua.UserTokenType.UserName, userName: username, password };
}

async function passwordOf(
  { url, passwordFile, passwordVariable }: OpcuaConnectionConfig,
  { log, variable }: IdentityDeps,
): Promise<string> {
  if (passwordFile !== null) return await readSecretFile(passwordFile, log);
  const password = passwordVariable === null ? undefined : variable(passwordVariable);
  if (password !== undefined && password !== "") return password;
  const message = `Cannot sign in to ${url}: the variable "${passwordVariable}" holds no password`;
  throw new IaiError("CONFIG_INVALID", message);
}

async function readPart(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const message = `Cannot sign in: the file "${path}" cannot be read`;
    throw new IaiError("CONFIG_UNREADABLE", message, { cause });
  }
}

/** The bytes of a certificate, whether it is written as PEM or as they are. */
export function derOf(file: Buffer, path: string): Buffer {
  const pem = /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END CERTIFICATE-----/.exec(
    file.toString("latin1"),
  );
  if (pem !== null) return Buffer.from(pem[1] ?? "", "base64");
  // DER begins with a sequence.
  if (file[0] === 0x30) return file;
  throw new IaiError("CONFIG_INVALID", `Cannot use "${path}": it holds no certificate`);
}
