import { until } from "../../fixtures/iai-process.ts";
import type { Connection } from "../server.ts";

export interface PlacedDocument {
  readonly dataId: string;
  readonly group: string;
  readonly namespace?: string;
}

export interface ListedInstance {
  readonly ip: string;
  readonly port: number;
  readonly healthy: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What an administrator does at the console of Nacos; resolves when it is done for everybody. */
export interface NacosAdministrator {
  publish(place: PlacedDocument, text: string): Promise<void>;
  remove(place: PlacedDocument): Promise<void>;
  instances(service: string, group: string): Promise<readonly ListedInstance[]>;
  removeInstance(service: string, group: string): Promise<void>;
}

const LIMIT_MS = 20_000;

export function nacosAdministrator(connection: Connection): NacosAdministrator {
  const call = async (method: string, path: string, fields: Record<string, string>) => {
    const base = `http://127.0.0.1:${connection["port"]}/nacos`;
    const words = new URLSearchParams({ ...fields, accessToken: await login(base, connection) });
    const inBody = method === "POST";
    return fetch(`${base}${path}${inBody ? "" : `?${words}`}`, {
      method,
      ...(inBody ? { body: words } : {}),
    });
  };
  const read = async (fields: Record<string, string>): Promise<string | null> => {
    const answer = await call("GET", "/v1/cs/configs", fields);
    return answer.status === 404 ? null : answer.text();
  };
  const instances: NacosAdministrator["instances"] = async (serviceName, groupName) => {
    const answer = await call("GET", "/v1/ns/instance/list", { serviceName, groupName });
    const { hosts } = (await answer.json()) as { hosts?: ListedInstance[] };
    return hosts ?? [];
  };
  return {
    publish: async (place, text) => {
      const fields = fieldsOf(place);
      await call("POST", "/v1/cs/configs", { ...fields, content: text, type: "yaml" });
      await until(
        () => read(fields),
        (found) => found === text,
        LIMIT_MS,
      );
    },
    remove: async (place) => {
      await call("DELETE", "/v1/cs/configs", fieldsOf(place));
      await until(
        () => read(fieldsOf(place)),
        (found) => found === null,
        LIMIT_MS,
      );
    },
    instances,
    removeInstance: async (serviceName, groupName) => {
      for (const { ip, port } of await instances(serviceName, groupName)) {
        const fields = { serviceName, groupName, ip, port: String(port), ephemeral: "true" };
        await call("DELETE", "/v1/ns/instance", fields);
      }
    },
  };
}

function fieldsOf({ dataId, group, namespace }: PlacedDocument): Record<string, string> {
  return { dataId, group, ...(namespace === undefined ? {} : { tenant: namespace }) };
}

async function login(base: string, { username, password }: Connection): Promise<string> {
  const answer = await fetch(`${base}/v1/auth/login`, {
    method: "POST",
    body: new URLSearchParams({ username: String(username), password: String(password) }),
  });
  return ((await answer.json()) as { accessToken: string }).accessToken;
}
