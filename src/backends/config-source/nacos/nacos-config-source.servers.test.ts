import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { stringify } from "yaml";
import { testConfigSource } from "../../../../test/contract/config-source.ts";
import { createHeardLog, type HeardLog } from "../../../../test/fixtures/heard-log.ts";
import { until } from "../../../../test/fixtures/iai-process.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { nacosAdministrator } from "../../../../test/servers/nacos/nacos-administrator.ts";
import { openNacosGateway } from "../../../../test/servers/nacos/nacos-gateway.ts";
import { placeCertificate } from "../../../../test/servers/place-secrets.ts";
import { type ServerHandle, startServer } from "../../../../test/servers/server-handle.ts";
import { SimulatedClock, systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { ConfigDocument } from "../../../ports/config-source.ts";
import { type NacosConfig, nacosConfig } from "./config.ts";
import { type NacosSourceDeps, openNacosConfigSource } from "./nacos-config-source.ts";

const LIMIT_MS = 60_000;

describe("configuration in Nacos", () => {
  const folder = temporaryFolder("nacos");
  let nacos: ServerHandle;
  let admin: ReturnType<typeof nacosAdministrator>;
  before(async () => {
    nacos = await startServer("nacos");
    admin = nacosAdministrator(nacos.connection);
  });
  after(() => nacos.stop());

  let plants = 0;
  /** A plant of its own: its document and its disk. */
  function aPlant(options: Partial<NacosConfig> = {}) {
    const { port, username, password } = nacos.connection;
    const config = nacosConfig.parse({
      kind: "nacos",
      addresses: [`http://127.0.0.1:${port}`],
      group: `plant-${++plants}`,
      username,
      password,
      pollMs: 10_000,
      requestTimeoutMs: 2_000,
      retryMaxMs: 500,
      beatMs: 100,
      ...options,
    });
    const { group, dataId } = config;
    const copyFile = join(mkdtempSync(join(folder, "plant-")), "copies", "iai.yaml");
    return {
      copyFile,
      publish: (text: string) => admin.publish({ dataId, group }, text),
      remove: () => admin.remove({ dataId, group }),
      open: async (changed: Partial<NacosConfig> & Partial<NacosSourceDeps> = {}) => {
        const { clock = systemClock, validate, ...others } = changed;
        const log = createHeardLog();
        const deps = { clock, log, copyFile, ...(validate === undefined ? {} : { validate }) };
        return { log, source: await openNacosConfigSource({ ...config, ...others }, deps) };
      },
    };
  }

  testConfigSource({
    name: "nacos",
    open: async () => {
      const plant = aPlant();
      const { source } = await plant.open();
      return {
        source,
        publish: (values) => plant.publish(stringify(values)),
        publishBroken: () => plant.publish("http: [8000"),
      };
    },
  });

  it("starts from the last good copy when Nacos is dead, and takes up what comes when it is back", async () => {
    const plant = aPlant();
    const first = await plant.open();
    await plant.publish("step: 1 # 轴承\n");
    await first.source.load();
    await first.source.close();

    await nacos.kill();
    const askedAt = systemClock.now();
    const { source, log } = await plant.open();
    assert.deepEqual((await source.load()).values, { step: 1 });
    await log.heard("config.nacos.away");
    await log.heard("config.copy.in_force");
    assert.ok((await sinceOf(source.health())) >= askedAt);

    const changed = watch(source);
    await nacos.restart();
    await log.heard("config.nacos.back");
    await source.health();
    await plant.publish("step: 2\n");
    assert.deepEqual((await changed.next()).values, { step: 2 });
    await source.close();
  });

  it("does not start without Nacos when there is no copy, or only that of another document", async () => {
    const plant = aPlant();
    const nowhere = { addresses: ["http://127.0.0.1:1"] };
    const { source } = await plant.open(nowhere);
    await assert.rejects(source.load(), (failure) => isCode(failure, "CONFIG_UNREACHABLE"));
    await source.close();

    await plant.publish("step: 1\n");
    const once = await plant.open();
    await once.source.load();
    await once.source.close();
    const other = await plant.open({ ...nowhere, dataId: "other.yaml" });
    await assert.rejects(other.source.load(), (f) => isCode(f, "CONFIG_UNREACHABLE"));
    await other.source.close();
  });

  it("says that Nacos refuses a wrong password, and starts from the copy if it has one", async () => {
    const plant = aPlant();
    await plant.publish("step: 1\n");
    const stranger = await plant.open({ password: "guessed" });
    await assert.rejects(stranger.source.load(), (f) => isCode(f, "CONFIG_UNREADABLE"));
    await stranger.source.close();

    const known = await plant.open();
    await known.source.load();
    await known.source.close();
    const { source, log } = await plant.open({ password: "guessed" });
    assert.deepEqual((await source.load()).values, { step: 1 });
    await log.heard("config.nacos.refused");
    await assert.rejects(source.health(), (failure) => isCode(failure, "CONFIG_UNREADABLE"));
    await source.close();
  });

  it("goes on through kill -9 and a new token secret while it watches", async () => {
    const plant = aPlant();
    await plant.publish("step: 1\n");
    const { source, log } = await plant.open();
    await source.load();
    const changed = watch(source);
    await nacos.kill();
    await log.heard("config.nacos.away");
    await nacos.restart();
    await log.heard("config.nacos.back");
    await plant.publish("step: 2\n");
    assert.deepEqual((await changed.next()).values, { step: 2 });
    await source.close();
  });

  it("notices a frozen Nacos while it watches, and goes on when it thaws", async () => {
    const plant = aPlant({ requestTimeoutMs: 500 });
    await plant.publish("step: 1\n");
    const { source, log } = await plant.open();
    await source.load();
    const changed = watch(source);
    nacos.freeze();
    await log.heard("config.nacos.away");
    await assert.rejects(source.health(), (failure) => isCode(failure, "CONFIG_UNREACHABLE"));
    nacos.thaw();
    await log.heard("config.nacos.back");
    await plant.publish("step: 2\n");
    assert.deepEqual((await changed.next()).values, { step: 2 });
    await source.close();
  });

  it("keeps the last good document through a bad push and a restart, until a good one comes", async () => {
    const plant = aPlant();
    const validate = ({ values }: ConfigDocument): void => {
      if (values["bad"] === true) throw new IaiError("CONFIG_INVALID", "Cannot start: bad");
    };
    await plant.publish("step: 1\n");
    const before = await plant.open({ validate });
    await before.source.load();
    const told = Promise.withResolvers<unknown>();
    const end = new AbortController();
    const later = before.source.changes(end.signal, told.resolve)[Symbol.asyncIterator]().next();
    await plant.publish("bad: true\n");
    isCode(await told.promise, "CONFIG_INVALID");
    await assert.rejects(before.source.health(), (f) => isCode(f, "CONFIG_INVALID"));
    end.abort();
    assert.equal((await later).done, true);
    await before.source.close();

    const { source, log } = await plant.open({ validate });
    assert.deepEqual((await source.load()).values, { step: 1 });
    await log.heard("config.copy.in_force");
    const changed = watch(source);
    await plant.publish("step: 2\n");
    assert.deepEqual((await changed.next()).values, { step: 2 });
    await source.health();
    await source.close();
  });

  it("takes a removed document for no order to fall back to every default, also at the next start", async () => {
    const plant = aPlant();
    await plant.publish("step: 1\n");
    const before = await plant.open();
    await before.source.load();
    const told = Promise.withResolvers<unknown>();
    const end = new AbortController();
    const later = before.source.changes(end.signal, told.resolve)[Symbol.asyncIterator]().next();
    await plant.remove();
    isCode(await told.promise, "CONFIG_UNREADABLE");
    end.abort();
    await later;
    await before.source.close();

    const { source } = await plant.open();
    assert.deepEqual((await source.load()).values, { step: 1 });
    await assert.rejects(source.health(), (failure) => isCode(failure, "CONFIG_UNREADABLE"));
    await source.close();
  });

  it("keeps its copy to the user that runs it, as it stands in Nacos", async () => {
    const plant = aPlant();
    await plant.publish("plant: { name: 北京 }\n");
    const { source } = await plant.open();
    await source.load();
    await source.close();
    assert.equal(statSync(plant.copyFile).mode & 0o077, 0);
    assert.match(readFileSync(plant.copyFile, "utf8"), /\nplant: { name: 北京 }\n$/);
  });

  it("reads the namespace it was told, and no other", async () => {
    const plant = aPlant({ namespace: "plant-b" });
    await plant.publish("step: 1\n");
    const { source } = await plant.open();
    assert.deepEqual((await source.load()).values, {});
    const changed = watch(source);
    const place = { dataId: "iai.yaml", group: `plant-${plants}`, namespace: "plant-b" };
    await admin.publish(place, "step: 2\n");
    assert.deepEqual((await changed.next()).values, { step: 2 });
    await source.close();
  });

  it("asks the next server when one does not answer", async () => {
    const plant = aPlant();
    await plant.publish("step: 1\n");
    const { port } = nacos.connection;
    const addresses = ["http://127.0.0.1:1", `http://127.0.0.1:${port}`];
    const { source } = await plant.open({ addresses });
    assert.deepEqual((await source.load()).values, { step: 1 });
    await source.close();
  });

  it("renews its token before it ends, and not at each question", async () => {
    const gateway = await openNacosGateway(Number(nacos.connection["port"]));
    const clock = new SimulatedClock(0);
    const plant = aPlant({ addresses: [gateway.address] });
    await plant.publish("step: 1\n");
    const { source } = await plant.open({ clock });
    const logins = () => gateway.asked.filter((path) => path.endsWith("/auth/login")).length;
    await source.load();
    await source.load();
    assert.equal(logins(), 1);
    await clock.advance(Number(nacos.connection["tokenLifeS"]) * 1_000 - 1_000);
    await source.load();
    assert.equal(logins(), 2);
    await source.close();
    await gateway.close();
  });

  it("speaks TLS with the plant's own authority, and never with one it does not know", async () => {
    const place = { cache: "", folder: mkdtempSync(join(folder, "tls-")), ports: [] };
    const tls = placeCertificate(place);
    const gateway = await openNacosGateway(Number(nacos.connection["port"]), tls);
    const plant = aPlant({ addresses: [gateway.address] });
    await plant.publish("step: 1\n");
    const unknown = await plant.open();
    await assert.rejects(unknown.source.load(), (f) => isCode(f, "CONFIG_UNREACHABLE"));
    await unknown.source.close();
    const { source } = await plant.open({ tlsCaFile: tls.caFile });
    assert.deepEqual((await source.load()).values, { step: 1 });
    await source.close();
    await gateway.close();
  });

  describe("services", () => {
    const service = { ip: "127.0.0.1", port: 8000, metadata: { role: "console", 厂: "北京" } };
    const listed = (name: string, group: string) => admin.instances(name, group);

    async function register(name: string) {
      const group = `services-${++plants}`;
      const { source, log } = await aPlant({ group }).open();
      const registration = source.registerService({ ...service, name });
      return { source, log, registration, group };
    }
    const isListed = (log: HeardLog) => log.heard("registry.registered");

    it("are listed with what is told of them, as long as they live, and not after", async () => {
      const { source, log, registration, group } = await register("iai-console");
      await isListed(log);
      await registration.health();
      const found = await until(
        () => listed("iai-console", group),
        (all) => all.length > 0,
        LIMIT_MS,
      );
      const [one] = found;
      assert.deepEqual([one?.ip, one?.port, one?.healthy], ["127.0.0.1", 8000, true]);
      assert.deepEqual(one?.metadata, service.metadata);
      await source.close();
      await until(
        () => listed("iai-console", group),
        (all) => all.length === 0,
        LIMIT_MS,
      );
    });

    it("are listed again when Nacos forgot them", async () => {
      const { source, log, group } = await register("iai-archiver");
      await isListed(log);
      await until(
        () => listed("iai-archiver", group),
        (all) => all.length > 0,
        LIMIT_MS,
      );
      await admin.removeInstance("iai-archiver", group);
      await isListed(log);
      const [one] = await until(
        () => listed("iai-archiver", group),
        (all) => all.length > 0,
        LIMIT_MS,
      );
      assert.deepEqual(one?.metadata, service.metadata);
      await source.close();
    });

    it("are listed again after Nacos was killed, and say meanwhile that they are not", async () => {
      const { source, log, registration, group } = await register("iai-ingestor");
      await isListed(log);
      await nacos.kill();
      await log.heard("registry.away");
      await assert.rejects(registration.health(), (f) => isCode(f, "CONFIG_UNREACHABLE"));
      // One that starts while Nacos is away is listed as well when it is back.
      const late = await register("iai-agent-server");
      await late.log.heard("registry.away");
      await nacos.restart();
      await isListed(log);
      await isListed(late.log);
      await registration.health();
      await until(
        () => listed("iai-ingestor", group),
        (all) => all.length > 0,
        LIMIT_MS,
      );
      await source.close();
      await late.source.close();
    });

    it("close in bounded time when Nacos is frozen", async () => {
      const { source, log } = await register("iai-console");
      await isListed(log);
      nacos.freeze();
      try {
        await source.close();
        await log.heard("registry.left_behind");
      } finally {
        nacos.thaw();
      }
    });
  });
});

/** Watches from now on; a broken document fails the test. */
function watch(source: { changes: ConfigChanges }) {
  const broken = (failure: unknown): void => assert.fail(String(failure));
  const documents = source.changes(new AbortController().signal, broken)[Symbol.asyncIterator]();
  const first = documents.next();
  return { next: async (): Promise<ConfigDocument> => (await first).value };
}

type ConfigChanges = (
  signal: AbortSignal,
  onBroken: (failure: unknown) => void,
) => AsyncIterable<ConfigDocument>;

async function sinceOf(health: Promise<void>): Promise<number> {
  const failure = await health.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(failure instanceof IaiError, String(failure));
  assert.equal(failure.code, "CONFIG_UNREACHABLE");
  return Number(failure.data["since"]);
}
