import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { resolveConfig } from "./load.ts";
import { withoutSecrets } from "./secrets.ts";

type Environment = Readonly<Record<string, string>>;
const resolve = (values: Readonly<Record<string, unknown>>, environment: Environment = {}) =>
  resolveConfig({ values, origin: "iai.yaml" }, environment);

/** What the refusal has to name: message texts are free, the facts in them are not. */
function refuses(
  values: Readonly<Record<string, unknown>>,
  environment: Environment,
  facts: readonly string[],
): void {
  assert.throws(
    () => resolve(values, environment),
    (failure: { code: string; message: string }) => {
      assert.equal(failure.code, "CONFIG_INVALID");
      for (const fact of facts) assert.ok(failure.message.includes(fact), failure.message);
      return true;
    },
  );
}

describe("the configuration", () => {
  it("starts from nothing, and a variable wins over the file", () => {
    assert.equal(resolve({}).api.port, 8000);
    assert.equal(resolve({ api: { port: 1 } }, { IAI_API_PORT: "2" }).api.port, 2);
  });

  it("refuses a bad value with its key, what is asked for, what was got and from where", () => {
    const bad = { IAI_ALERT_COOLDOWN_MS: "5m" };
    refuses({}, bad, ["alert.cooldownMs", "a whole number", '"5m"', "IAI_ALERT_COOLDOWN_MS"]);
    refuses({ ingest: { maxBodyBytes: 0 } }, {}, ["ingest.maxBodyBytes", "above 0", "iai.yaml"]);
    refuses({ log: { level: "loud" } }, {}, ["log.level", '"debug"', '"loud"']);
  });

  it("refuses an unknown key with what is allowed in its place, in lists too", () => {
    refuses({ alert: { cooldown: 1 } }, {}, ['"cooldown"', "alert", "cooldownMs"]);
    const webhook = { kind: "webhook", name: "w", url: "https://a.example/", urll: 1 };
    refuses({ notify: { targets: [webhook] } }, {}, ['"urll"', "notify.targets.0", "allowHosts"]);
    const unknown = { kind: "pigeon", name: "p" };
    refuses({ notify: { targets: [unknown] } }, {}, ['"webhook"', '"email"', '"pigeon"']);
  });

  it("refuses a variable that is nearly an option and leaves those of others alone", () => {
    refuses({}, { IAI_ALERT_COOLDOWN: "1" }, ["IAI_ALERT_COOLDOWN_MS"]);
    refuses({}, { IAI_DATADIR: "x" }, ["IAI_DATA_DIR"]);
    assert.equal(resolve({}, { IAI_KEY: "k", IAI_LAUNCHED_BY: "unit" }).dataDir, "data");
  });

  it("keeps a text that looks like a number", () => {
    assert.equal(resolve({}, { IAI_PLANT_NAME: "4711" }).plant.name, "4711");
  });

  it("never shows a secret", () => {
    const url = "https://chat.example/send?key=abc";
    const shown = JSON.stringify(withoutSecrets({ targets: [{ url, password: "pw-1" }] }));
    assert.ok(!shown.includes("abc") && !shown.includes("pw-1") && shown.includes("chat.example"));
    const withUser = { kind: "webhook", name: "w", url: "https://me:pw-2@a.example/" };
    assert.throws(
      () => resolve({ notify: { targets: [withUser] } }),
      (failure: Error) => !failure.message.includes("pw-2"),
    );
  });
});
