import type {
  ClientSession,
  ClientSessionPublishService,
  ClientSessionRawSubscriptionService,
  EndpointDescription,
  OPCUAClient,
  OPCUAClientOptions,
} from "node-opcua-client";
import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { EpochMs, Ms } from "../../../model/basics.ts";
import type { OpcuaConnectionConfig } from "./config.ts";
import { connectionFailure } from "./errors.ts";
import { type IdentityDeps, readIdentity } from "./identity.ts";
import type { Opcua } from "./library.ts";
import { openPki, type Pki } from "./pki.ts";
import { thumbprintOf } from "./trust-list.ts";

/** The library's session, with the services of subscriptions that its own classes stand on. */
export type RawSession = ClientSession &
  ClientSessionRawSubscriptionService &
  ClientSessionPublishService;

/** A session with a server; there is no way back to a lost one, only a new one. */
export interface OpcuaLink {
  readonly session: RawSession;
  /** Certificate of the server; null: the policy is None. */
  readonly thumbprint: string | null;
  /** When the server was started, by its own clock; null: it does not say. */
  readonly serverStartedAt: EpochMs | null;
  /** The server's clock minus ours, half of the way taken off. */
  readonly clockSkewMs: Ms | null;
  /** What the server's clock showed when it answered last; null: it does not say. */
  serverTime(): EpochMs | null;
  /** Aborted when the connection is gone. */
  readonly lost: AbortSignal;
  close(options: { readonly keepsSubscription: boolean }): Promise<void>;
}

export interface ConnectionDeps extends IdentityDeps {
  readonly clock: Clock;
  /** Folder of certificates. */
  readonly pkiFolder: string;
}

/** The server drops a session that says nothing for this long; its subscription lives on. */
const SESSION_TIMEOUT_MS = 60_000;
/** Time for a polite end; a server that hangs does not hold us. */
const CLOSE_MS = 2_000;

/** Finds the endpoint, checks the server's certificate, and signs in. Nothing is sent to a server that is not trusted. */
export async function openLink(
  opcua: Opcua,
  config: OpcuaConnectionConfig,
  deps: ConnectionDeps,
): Promise<OpcuaLink> {
  const identity = await readIdentity(opcua, config, deps);
  const pki = await openPki(opcua, deps.pkiFolder, deps.clock);
  let client: OPCUAClient | null = null;
  try {
    const endpoint = await findEndpoint(opcua, config, pki);
    const isSecured = config.securityPolicy !== "None";
    if (isSecured) await pki.check(config.url, endpoint.serverCertificate);
    client = opcua.OPCUAClient.create({
      ...commonOptions(config, pki),
      securityMode: isSecured
        ? opcua.MessageSecurityMode.SignAndEncrypt
        : opcua.MessageSecurityMode.None,
      securityPolicy: opcua.SecurityPolicy[config.securityPolicy],
      ...(isSecured ? { serverCertificate: endpoint.serverCertificate } : {}),
    });
    const lost = new AbortController();
    client.on("close", () => lost.abort());
    client.on("connection_lost", () => lost.abort());
    let toldAt: EpochMs | null = null;
    client.on("receive_response", ({ responseHeader }) => {
      toldAt = responseHeader.timestamp?.getTime() ?? null;
    });
    const serverTime = (): EpochMs | null => toldAt;
    await client.connect(config.url);
    const session = withRawServices(await client.createSession(identity));
    const times = await readServerTimes(opcua, session, { clock: deps.clock, serverTime });
    const thumbprint = isSecured ? thumbprintOf(endpoint.serverCertificate) : null;
    const opened = client;
    const close: OpcuaLink["close"] = ({ keepsSubscription }) =>
      politely(deps.clock, async () => {
        if (!lost.signal.aborted) await session.close(!keepsSubscription).catch(() => undefined);
        await opened.disconnect();
        await pki.close();
      });
    return { session, thumbprint, lost: lost.signal, close, serverTime, ...times };
  } catch (cause) {
    const failed = client;
    await politely(deps.clock, async () => {
      await failed?.disconnect();
      await pki.close();
    });
    throw connectionFailure(config.url, cause);
  }
}

function commonOptions(config: OpcuaConnectionConfig, pki: Pki): OPCUAClientOptions {
  return {
    applicationName: "IAI",
    applicationUri: pki.applicationUri,
    certificateFile: pki.certificateFile,
    privateKeyFile: pki.privateKeyFile,
    clientCertificateManager: pki.manager,
    // Servers often announce names that only they can resolve: we stay with the address we were given.
    endpointMustExist: false,
    // Each attempt is a client of its own: waits, states and errors are then in one place, ours.
    connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 200 },
    keepSessionAlive: false,
    requestedSessionTimeout: SESSION_TIMEOUT_MS,
    transportTimeout: config.requestTimeoutMs,
    defaultTransactionTimeout: config.requestTimeoutMs,
  };
}

/** Asks without a policy what the server offers; what it says is believed only as far as its certificate is trusted. */
async function findEndpoint(
  opcua: Opcua,
  config: OpcuaConnectionConfig,
  pki: Pki,
): Promise<EndpointDescription> {
  const client = opcua.OPCUAClient.create(commonOptions(config, pki));
  let offered: EndpointDescription[];
  try {
    await client.connect(config.url);
    offered = await client.getEndpoints();
  } finally {
    await client.disconnect().catch(() => undefined);
  }
  const policy = opcua.SecurityPolicy[config.securityPolicy];
  const { None, SignAndEncrypt } = opcua.MessageSecurityMode;
  const mode = config.securityPolicy === "None" ? None : SignAndEncrypt;
  const found = offered.find(
    (one) => one.securityPolicyUri === policy && one.securityMode === mode,
  );
  if (found !== undefined) return found;
  const names = offered.map(
    (one) =>
      `${one.securityPolicyUri?.split("#")[1]} ${opcua.MessageSecurityMode[one.securityMode]}`,
  );
  const wanted = `${config.securityPolicy} ${opcua.MessageSecurityMode[mode]}`;
  const message = `Cannot read from ${config.url}: it does not offer ${wanted}, only ${names.join(", ")}`;
  throw new IaiError("SOURCE_DENIED", message);
}

/** Its own classes for subscriptions acknowledge on arrival; what is below them leaves that to us. */
function withRawServices(session: ClientSession): RawSession {
  const names = ["publish", "republish", "createSubscription", "transferSubscriptions"];
  if (names.every((name) => name in session)) return session as RawSession;
  throw new IaiError("INTERNAL", "Cannot subscribe: the OPC-UA library has other services");
}

async function readServerTimes(
  opcua: Opcua,
  session: RawSession,
  { clock, serverTime }: { readonly clock: Clock } & Pick<OpcuaLink, "serverTime">,
): Promise<Pick<OpcuaLink, "serverStartedAt" | "clockSkewMs">> {
  const before = clock.now();
  const { value } = await session.read({
    nodeId: `i=${opcua.VariableIds.Server_ServerStatus_StartTime}`,
    attributeId: opcua.AttributeIds.Value,
  });
  const middle = (before + clock.now()) / 2;
  const there = serverTime();
  return {
    serverStartedAt: value.value instanceof Date ? value.value.getTime() : null,
    clockSkewMs: there === null ? null : Math.round(there - middle),
  };
}

async function politely(clock: Clock, end: () => Promise<void>): Promise<void> {
  const patience = new AbortController();
  const ended = end()
    .catch(() => undefined)
    .finally(() => patience.abort());
  await Promise.race([ended, clock.sleep(CLOSE_MS, patience.signal)]);
}
