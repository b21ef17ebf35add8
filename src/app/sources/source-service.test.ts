import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "node:test";
import { openAedesPeer } from "../../../test/fixtures/aedes-peer.ts";
import { eventually } from "../../../test/fixtures/eventually.ts";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { openModbusPeer } from "../../../test/fixtures/modbus-peer.ts";
import { temporaryFolder } from "../../../test/fixtures/temporary-folder.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../kernel/log.ts";
import type { Principal } from "../../model/access.ts";
import { configSchema } from "../config/schema.ts";
import { sourceConfig } from "../config/source-schema.ts";
import { dataDirAt } from "../data-dir.ts";
import { createSecretSeal } from "./sealed-secrets.ts";
import { createSourceService } from "./source-service.ts";
import { wantedOf } from "./stored-sources.ts";

const folder = temporaryFolder("source-files");
const principal: Principal = {
  ...{ id: "u1", name: "eva", role: "engineer", kind: "user" },
  ...{ deviceIds: null, factoryId: null, lineId: null },
};
const by = { principal, reason: null };
const map = {
  metrics: {
    temperature: { function: 3, address: 100, type: "float32", unit: "°F" },
    flow: { function: 3, address: 110, type: "uint16", invalid: [65_535] },
  },
};

let records: InMemoryRecords;
let woken: number;
const stored = {
  ...{
    clock: systemClock,
    log: silentLog,
    filesFolder: folder,
    dir: dataDirAt(folder),
    environment: {},
  },
  seal: createSecretSeal(randomBytes(32)),
};
function open() {
  const own = sourceConfig.parse({ kind: "mqtt", name: "fixed" });
  return createSourceService({
    ...stored,
    ...{ records, configured: [own], config: configSchema.parse({}), find: () => null },
    statuses: async () => [
      ...(await records.read((tx) => tx.list("source", {}))).map((row) => ({
        ...{ name: row.name, kind: row.kind, enabled: row.enabled },
        ...{ origin: "stored" as const, state: null, waitingFor: null, ratePerSecond: null },
        counters: { accepted: 0, duplicates: 0, rejected: 0, degraded: 0, byCode: {} },
        ...{ skews: [], troubles: [] },
      })),
    ],
    wake: () => {
      woken += 1;
    },
  });
}
beforeEach(() => {
  records = new InMemoryRecords();
  woken = 0;
});

const broker = {
  name: "plant",
  kind: "mqtt",
  enabled: true,
  options: { url: "mqtts://broker.plant.example:8883", username: "iai" },
  secrets: { password: "never told" },
};
const row = async (name = "plant") => await records.read((tx) => tx.find("source", { name }));
const refused = (code: string, field?: string) => (failure: unknown) =>
  isCode(failure, code) &&
  (field === undefined ||
    JSON.stringify((failure as { data?: unknown }).data).includes(`"${field}"`));

describe("sources that are added over the API", () => {
  it("are stored, changed and removed, each change with who made it and a revision of its own", async () => {
    const service = open();
    const added = await service.create({ ...broker, enabled: false }, by);
    assert.deepEqual([added.revision, added.enabled, added.updatedBy], [1, false, "eva"]);
    assert.equal((await service.setEnabled("plant", true, by)).enabled, true);
    const options = { ...broker.options, inFlight: 20 };
    const changed = await service.patch("plant", { options, revision: 2 }, by);
    assert.deepEqual([changed.revision, changed.options["inFlight"]], [3, 20]);
    await assert.rejects(service.patch("plant", { options, revision: 2 }, by), refused("CONFLICT"));
    await assert.rejects(service.create(broker, by), refused("CONFLICT"));
    await service.remove("plant", by);
    await assert.rejects(service.get("plant"), refused("NOT_FOUND"));
    await assert.rejects(service.remove("plant", by), refused("NOT_FOUND"));
    assert.equal(woken, 4);
  });

  it("leave those of the configuration file alone, and their names", async () => {
    const service = open();
    await assert.rejects(service.create({ ...broker, name: "fixed" }, by), refused("CONFLICT"));
    await assert.rejects(service.remove("fixed", by), refused("STATE_REFUSED"));
    await assert.rejects(service.setEnabled("fixed", false, by), refused("STATE_REFUSED"));
    assert.equal(woken, 0);
  });

  it("are held to the schema of the configuration file, and the field at fault is named", async () => {
    const service = open();
    const wrong: readonly (readonly [object, string])[] = [
      [{ options: { ...broker.options, inFlight: 0 } }, "options.inFlight"],
      [{ options: { ...broker.options, speed: 1 } }, "options"],
      [{ kind: "carrier-pigeon" }, "kind"],
      [{ options: { ...broker.options, name: "x" } }, "options.name"],
      [{ secrets: { password: "x", pin: "y" } }, "secrets.pin"],
      [{ options: { ...broker.options, alarmTopic: "a/{device_id}" } }, "options.alarmTopic"],
      [{ options: { url: "mqtt://far.example:1883", username: "iai" } }, "options.url"],
    ];
    for (const [part, field] of wrong)
      await assert.rejects(
        service.create({ ...broker, ...part }, by),
        refused("INVALID_REQUEST", field),
      );
    assert.equal(await row(), null);
  });

  it("can name no file and no variable of this machine but those that are there for sources", async () => {
    const service = open();
    const wrong: readonly (readonly [object, string])[] = [
      [{ passwordFile: "/etc/shadow" }, "options.passwordFile"],
      [{ passwordFile: "../install.secret" }, "options.passwordFile"],
      [{ tlsCaFile: "/etc/ssl/ca.pem" }, "options.tlsCaFile"],
      [{ passwordVariable: "AWS_SECRET_ACCESS_KEY" }, "options.passwordVariable"],
      [{ passwordVariable: "sealed:password" }, "options.passwordVariable"],
    ];
    for (const [part, field] of wrong) {
      const options = { ...broker.options, ...part };
      const adding = service.create({ ...broker, options, secrets: {} }, by);
      await assert.rejects(adding, refused("INVALID_REQUEST", field));
    }
    const devices = [{ deviceId: "P1", mapFile: "/etc/hosts" }];
    await assert.rejects(
      service.create({ ...broker, kind: "modbus", options: { devices }, secrets: {} }, by),
      refused("INVALID_REQUEST", "options.devices.0.mapFile"),
    );
    const options = { ...broker.options, passwordVariable: "PLANT_MQTT" };
    await service.create({ ...broker, options, secrets: {} }, by);
  });

  it("show their secrets to nobody: neither in answers, nor in the records, nor in an export", async () => {
    const service = open();
    const answers = [
      await service.create(broker, by),
      await service.get("plant"),
      await service.list(),
      await service.exportYaml(),
      await row(),
    ];
    assert.ok(!JSON.stringify(answers).includes("never told"));
    assert.deepEqual((await service.get("plant")).secrets, ["password"]);
  });

  it("keep a secret with the address it was given for, and tell it to no other", async () => {
    const service = open();
    await service.create(broker, by);
    const kept = (await row())?.secrets;
    const same = { ...broker.options, topics: [{ template: "a/{device_id}" }] };
    await service.patch("plant", { options: same }, by);
    assert.notEqual((await row())?.secrets, null);
    for (const other of [
      { ...same, url: "mqtts://thief.example:8883" },
      { ...same, tlsCaFile: "thief.pem" },
      { ...same, username: "other" },
    ]) {
      await assert.rejects(
        service.patch("plant", { options: other }, by),
        refused("INVALID_REQUEST", "secrets.password"),
      );
      const draft = { ...broker, options: other, secrets: {}, secretsOf: "plant" };
      const limits = { durationMs: 500, signal: new AbortController().signal };
      await assert.rejects(service.preview(draft, limits), refused("INVALID_REQUEST"));
    }
    const given = {
      options: { ...same, url: "mqtts://new.example:8883" },
      secrets: { password: "n" },
    };
    await service.patch("plant", given, by);
    assert.notEqual((await row())?.secrets, kept);
  });

  it("go out as YAML and come in again as they were, each told what becomes of it", async () => {
    const service = open();
    await service.create({ ...broker, secrets: {} }, by);
    const devices = [{ deviceId: "P1", map }];
    await service.create(
      { ...broker, name: "hall", kind: "modbus", options: { devices }, secrets: {} },
      by,
    );
    const yaml = await service.exportYaml();
    const before = (await row("hall"))?.options;
    await service.remove("hall", by);
    const broken = "\n  - { kind: modbus, name: bad }\n  - { kind: mqtt, name: fixed }\n  - 7\n";
    const text = `${yaml.trimEnd()}${broken}`;
    const looked = await service.importYaml(text, { dryRun: true, by });
    assert.deepEqual(
      looked.map(({ name, action, code }) => [name, action, code]),
      [
        ["hall", "create", null],
        ["plant", "update", null],
        ["bad", "refuse", "INVALID_REQUEST"],
        ["fixed", "refuse", "CONFLICT"],
        [null, "refuse", "INVALID_REQUEST"],
      ],
    );
    assert.equal(await row("hall"), null);
    await service.importYaml(text, { dryRun: false, by });
    assert.deepEqual((await row("hall"))?.options, before);
    await assert.rejects(
      service.importYaml("api: { port: 1 }", { dryRun: true, by }),
      refused("INVALID_REQUEST"),
    );
  });
});

describe("a preview", () => {
  const limits = { durationMs: 1_500, signal: new AbortController().signal };

  it("shows decoded values with unit, quality and where they were converted, and stores nothing", async () => {
    const peer = await openModbusPeer();
    peer.putFloat(1, 100, 212);
    peer.put(1, 3, 110, Buffer.from([0xff, 0xff]));
    writeFileSync(join(folder, "pump.yaml"), JSON.stringify(map));
    const options = {
      port: peer.port,
      devices: [{ deviceId: "P1", mapFile: "pump.yaml", everyMs: 100 }],
    };
    const draft = { name: "x", kind: "modbus", options, secrets: {}, secretsOf: null };
    const preview = await open().preview(draft, limits);
    assert.equal(preview.state.state, "running");
    assert.ok(preview.readings > 3 && preview.lastedMs < 5_000);
    const [temperature, flow] = preview.tags;
    assert.equal(temperature?.reading.values.get("temperature"), 100);
    assert.deepEqual(temperature?.reading.sources?.get("temperature"), { value: 212, unit: "°F" });
    assert.deepEqual(
      [temperature?.unitOf("temperature"), temperature?.timeFrom],
      ["°C", "arrival"],
    );
    assert.deepEqual(
      [flow?.metric, flow?.reading.faults?.get("flow")?.code],
      ["flow", "VALUE_TYPE"],
    );
    assert.equal(await row("x"), null);
    await peer.die();
  });

  it("takes nothing away from the source itself, and leaves no session at the broker", async () => {
    const peer = await openAedesPeer();
    const service = open();
    const options = { url: `mqtt://127.0.0.1:${peer.port}`, version: "3.1.1" };
    const draft = { name: "plant", kind: "mqtt", options, secrets: {}, secretsOf: null };
    const previewing = service.preview(draft, limits);
    await eventually(() => Object.keys(peer.subscriptions()).length > 0);
    const [name = ""] = Object.keys(peer.subscriptions());
    assert.notEqual(name, "iai-plant");
    await peer.measure([1, 2, 3]);
    await peer.talkNonsense();
    await peer.publish(
      "iai/F1/L1/P9/readings",
      JSON.stringify({ timestamp: Date.now() + 120_000, flow: 1, metrics: { flow: 1 } }),
    );
    const preview = await previewing;
    assert.equal(preview.tags[0]?.count, 3);
    assert.deepEqual(preview.refused.map(({ code }) => code).toSorted(), [
      "FIELD_UNKNOWN",
      "JSON_INVALID",
    ]);
    assert.ok((preview.skewMs ?? 0) > 115_000, `${preview.skewMs}`);
    const before = peer.acknowledged();
    await peer.measure([4]);
    assert.equal(peer.acknowledged(), before);
    await peer.close();
  });

  it("says why there is none, in the words of the source", async () => {
    const service = open();
    const options = { url: "mqtt://127.0.0.1:9", connectTimeoutMs: 500 };
    const draft = { name: "x", kind: "mqtt", options, secrets: {}, secretsOf: null };
    const { state, tags } = await service.preview(draft, limits);
    assert.equal(state.state, "connecting");
    assert.match(state.lastError ?? "", /127\.0\.0\.1:9/);
    assert.deepEqual(tags, []);
    const gone = { ...draft, options: { ...options, tlsCaFile: "nowhere.pem" } };
    assert.equal((await service.preview(gone, limits)).state.state, "failed");
  });

  it("is none of a broker inside, which would acknowledge what nobody keeps", async () => {
    const draft = { name: "x", kind: "mqtt-broker", options: {}, secrets: {}, secretsOf: null };
    await assert.rejects(open().preview(draft, limits), refused("UNSUPPORTED"));
  });

  it("ends when whoever asked for it has gone", async () => {
    const peer = await openModbusPeer();
    const gone = new AbortController();
    const options = { port: peer.port, devices: [{ deviceId: "P1", map, everyMs: 50 }] };
    const draft = { name: "x", kind: "modbus", options, secrets: {}, secretsOf: null };
    const begun = performance.now();
    const previewing = open().preview(draft, { durationMs: 15_000, signal: gone.signal });
    gone.abort();
    await previewing;
    assert.ok(performance.now() - begun < 5_000);
    await peer.die();
  });
});

describe("a stored source", () => {
  it("is opened with its secret and its files, and says which secret it cannot read", async () => {
    await open().create(broker, by);
    const found = await row();
    assert.ok(found !== null);
    assert.equal((await wantedOf(found, stored).open()).name, "plant");
    const foreign = { ...stored, seal: createSecretSeal(randomBytes(32)) };
    await assert.rejects(wantedOf(found, foreign).open(), refused("CONFIG_INVALID"));
  });
});
