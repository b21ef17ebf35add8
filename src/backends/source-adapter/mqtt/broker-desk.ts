import type { EventEmitter } from "node:events";
import type { Aedes, AuthenticateError, Client, PublishPacket } from "aedes";
import type { Clock } from "../../../kernel/clock.ts";
import type { Log } from "../../../kernel/log.ts";
import type { BrokerRights, BrokerUser } from "./broker-rights.ts";
import type { Letter, Mailbox } from "./mailbox.ts";

export interface BrokerDeskDeps {
  readonly rights: BrokerRights;
  readonly mailbox: Mailbox;
  readonly clock: Clock;
  readonly log: Log;
  readonly source: string;
}

/** Return code of MQTT 3.1.1. */
const BAD_USERNAME_OR_PASSWORD = 4;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * aedes with our rights in all its places, and with the acknowledgement where it belongs: `authorizePublish` comes
 * before it, so a message is authorised when it is durable. It keeps nothing: neither sessions nor retained messages,
 * because both live in memory and have no bound.
 */
export async function openBrokerDesk(deps: BrokerDeskDeps): Promise<Aedes> {
  const { rights, log, source } = deps;
  const { Aedes } = await import("aedes");
  const users = new WeakMap<Client, BrokerUser>();
  const broker = await Aedes.createBroker({
    connectTimeout: CONNECT_TIMEOUT_MS,
    preConnect: (_client, packet, done) => {
      Object.assign(packet, { clean: true });
      done(null, true);
    },
    authenticate: (client, name, password, done) => {
      const user = rights.signIn(name, password);
      const isStranger = user === null || isTaken(broker, users, { client, user });
      if (isStranger) {
        log.warn("source.client.refused", { source, client: client.id, user: name ?? null });
        return done(refusal(), false);
      }
      users.set(client, user);
      done(null, true);
    },
    authorizePublish: (client, packet, done) => {
      const user = client === null ? undefined : users.get(client);
      if (user === undefined || !rights.mayPublish(user, packet.topic)) {
        const facts = { source, user: user?.name ?? null, topic: packet.topic };
        log.warn("source.publish.refused", facts);
        return done(new Error("may not publish there"));
      }
      deposit(deps, user, { packet, done });
    },
    authorizeSubscribe: (client, subscription, done) => {
      const user = users.get(client);
      const may = user !== undefined && rights.maySubscribe(user, subscription.topic);
      done(null, may ? subscription : null);
    },
    authorizeForward: (client, packet) => {
      const user = users.get(client);
      return user !== undefined && rights.mayHear(user, packet.topic) ? packet : null;
    },
  });
  const failures: EventEmitter = broker;
  failures.on("error", (failure: Error) => {
    log.error("source.failed", { source, error: String(failure) });
  });
  return broker;
}

/** A client of another user goes by this name: nobody may throw others out by taking theirs. */
function isTaken(
  broker: Aedes,
  users: WeakMap<Client, BrokerUser>,
  { client, user }: { readonly client: Client; readonly user: BrokerUser },
): boolean {
  const { clients } = broker as Aedes & { readonly clients: Readonly<Record<string, Client>> };
  const other = clients[client.id];
  const owner = other === undefined ? undefined : users.get(other);
  return owner !== undefined && owner.name !== user.name;
}

function refusal(): AuthenticateError {
  const failure = new Error("bad user name or password");
  return Object.assign(failure, { returnCode: BAD_USERNAME_OR_PASSWORD });
}

/** Into the mailbox when there is room; until then the client waits, and its socket is not read. */
function deposit(
  { mailbox, clock }: BrokerDeskDeps,
  user: BrokerUser,
  { packet, done }: { readonly packet: PublishPacket; readonly done: (failure?: null) => void },
): void {
  packet.retain = false;
  const { topic, payload } = packet;
  const letter: Letter = {
    topic,
    payload: typeof payload === "string" ? Buffer.from(payload) : payload,
    arrivedAt: clock.now(),
    from: user.name,
    settle: () => done(null),
  };
  const offer = (): void => {
    if (!mailbox.offer(letter)) void mailbox.room().then(offer);
  };
  offer();
}
