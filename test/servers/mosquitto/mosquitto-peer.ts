import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { PeerUnderTest } from "../../contract/source-adapter.ts";
import { type MqttTap, openMqttTap } from "../../fixtures/mqtt-tap.ts";
import type { ServerHandle } from "../server-handle.ts";

const topic = "iai/F001/L003/PUMP_01/readings";

/** A word of the connection, e.g. the password of a user. */
export function wordOf({ connection }: ServerHandle, name: string): string {
  return String(connection[name]);
}

/** Publishes lines with mosquitto_pub, QoS 1; resolves when the broker has acknowledged all of them. */
export async function publishLines(
  server: ServerHandle,
  to: string,
  lines: readonly string[],
): Promise<void> {
  const { host, port } = server.connection;
  const user = ["-u", "gateway", "-P", wordOf(server, "gatewayPassword")];
  const args = ["-h", String(host), "-p", String(port), ...user, "-q", "1", "-t", to, "-l"];
  const child = spawn("mosquitto_pub", args, { stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.end(`${lines.join("\n")}\n`);
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`mosquitto_pub ended with ${code}`);
}

/** `topic payload` of each message that mosquitto_sub hears, until it has heard `count`. */
export async function hearLines(
  server: ServerHandle,
  filter: string,
  count: number,
): Promise<{ lines(): Promise<readonly string[]> }> {
  const { host, port } = server.connection;
  const user = ["-u", "admin", "-P", wordOf(server, "adminPassword")];
  const args = ["-h", String(host), "-p", String(port), ...user, "-q", "1", "-t", filter];
  // Line by line, also into a pipe.
  const command = ["-oL", "mosquitto_sub", ...args, "-v", "-C", String(count), "-d"];
  const child = spawn("stdbuf", command, {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  const heard: string[] = [];
  // With -d it tells of its packets too; they begin with its own name.
  const isNoise = (line: string): boolean => /^(Client |Subscribed )/.test(line);
  const subscribed = Promise.withResolvers<void>();
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => {
    if (/received SUBACK/.test(line)) subscribed.resolve();
    if (!isNoise(line)) heard.push(line);
  });
  const read = once(reader, "close");
  await subscribed.promise;
  return {
    lines: async () => {
      await gone;
      await read;
      return heard;
    },
  };
}

/** The broker as a peer that measures PUMP_01; adapters reach it through a tap that reads along. */
export async function openMosquittoPeer(
  server: ServerHandle,
): Promise<PeerUnderTest & { readonly tap: MqttTap }> {
  const tap = await openMqttTap(Number(server.connection["port"]));
  let clock = Date.now() - 30_000;
  return {
    tap,
    measure: (temperatures) =>
      publishLines(
        server,
        topic,
        temperatures.map((temperature) => {
          clock += 1;
          return JSON.stringify({ timestamp: clock, temperature });
        }),
      ),
    talkNonsense: () => publishLines(server, topic, ['{"temperature": 4']),
    acknowledged: () => tap.acknowledged(),
    commands: () => tap.published(),
    die: () => server.kill(),
    revive: () => server.restart(),
    close: () => tap.close(),
  };
}

/** Signs a certificate with the authority of the server's place; `days` below 0: it has ended. */
export function signCertificate(
  server: ServerHandle,
  name: string,
  days: number,
): { readonly certFile: string; readonly keyFile: string } {
  const cwd = dirname(wordOf(server, "caFile"));
  const openssl = (words: string): void =>
    void execFileSync("openssl", words.split(" "), { cwd, stdio: "ignore" });
  const key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
  openssl(`req ${key} -subj /CN=localhost -keyout ${name}.key -out ${name}.csr`);
  const names = "-extfile names.cnf";
  openssl(
    `x509 -req -in ${name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days ${days} ${names} -out ${name}.pem`,
  );
  return { certFile: join(cwd, `${name}.pem`), keyFile: join(cwd, `${name}.key`) };
}
