import { createHash, timingSafeEqual } from "node:crypto";
import type { Log } from "../../../kernel/log.ts";
import { readSecretFile } from "../../../kernel/secret-file.ts";
import type { MqttBrokerConfig } from "./broker-config.ts";
import type { TopicRouter } from "./topic-router.ts";
import { compileTemplate } from "./topic-template.ts";

/** Somebody who has signed in. */
export interface BrokerUser {
  readonly name: string;
  /** null: all. */
  readonly devices: ReadonlySet<string> | null;
  readonly hearsAlarms: boolean;
}

/** The one place that decides who may do what on our broker; what it does not allow is refused. */
export interface BrokerRights {
  /** null: not known, or the password is wrong. */
  signIn(name: string | undefined, password: Uint8Array | undefined): BrokerUser | null;
  mayPublish(user: BrokerUser, topic: string): boolean;
  maySubscribe(user: BrokerUser, filter: string): boolean;
  mayHear(user: BrokerUser, topic: string): boolean;
}

const digest = (bytes: Uint8Array | string): Buffer => createHash("sha256").update(bytes).digest();

export async function openBrokerRights(
  config: MqttBrokerConfig,
  { router, log }: { readonly router: TopicRouter; readonly log: Log },
): Promise<BrokerRights> {
  const known = new Map<string, { readonly user: BrokerUser; readonly password: Buffer }>();
  for (const { name, passwordFile, devices, hearsAlarms } of config.users) {
    const user = { name, devices: devices === null ? null : new Set(devices), hearsAlarms };
    known.set(name, { user, password: digest(await readSecretFile(passwordFile, log)) });
  }
  // Somebody unknown costs the same time as a wrong password.
  const nobody = digest("");
  const alarms = config.alarmTopic === null ? null : compileTemplate(config.alarmTopic);

  return {
    signIn: (name, password) => {
      const entry = name === undefined ? undefined : known.get(name);
      const isRight = timingSafeEqual(digest(password ?? ""), entry?.password ?? nobody);
      return isRight && entry !== undefined ? entry.user : null;
    },
    mayPublish: ({ devices }, topic) => {
      const route = router.route(topic);
      if (route === null) return false;
      const { device_id } = route.values;
      return devices === null || (device_id !== undefined && devices.has(device_id));
    },
    maySubscribe: ({ hearsAlarms }, filter) => {
      if (!hearsAlarms || alarms === null) return false;
      // A wildcard stands for any level there, so a filter fits when each of its levels could be one of a topic.
      return !filter.includes("#") && alarms.match(filter) !== null;
    },
    mayHear: ({ devices, hearsAlarms }, topic) => {
      const values = alarms?.match(topic) ?? null;
      if (!hearsAlarms || values === null) return false;
      return devices === null || devices.has(values.device_id ?? "");
    },
  };
}
