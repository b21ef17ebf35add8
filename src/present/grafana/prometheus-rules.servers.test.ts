import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { stringify } from "yaml";
import { installPrometheus } from "../../../test/grafana/prometheus-server.ts";
import { root } from "../../../test/tidy/sources.ts";
import { alertRules } from "./alert-rules.ts";

installPrometheus();
const files = join(root, "deploy", "prometheus");
const folder = mkdtempSync(join(tmpdir(), "iai-rules-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const promtool = (...words: readonly string[]) =>
  spawnSync("promtool", words, { encoding: "utf8", cwd: folder });

interface Case {
  /** What it needs for the alert to be raised. */
  readonly bad: Readonly<Record<string, string>>;
  /** The same plant, well. */
  readonly good: Readonly<Record<string, string>>;
  /** Labels that the alert carries of what it is about. */
  readonly labels: Readonly<Record<string, string>>;
}

const requests =
  'iai_http_request_seconds_count{job="iai",route="/api/v1/readings",status="5xx"}' as const;
const free = 'node_filesystem_avail_bytes{job="node",instance="n",mountpoint="/",fstype="ext4"}';
const size = 'node_filesystem_size_bytes{job="node",instance="n",mountpoint="/",fstype="ext4"}';
const lag = 'iai_station_lag_items{job="iai",station="archive"}';
const dependency = 'iai_dependency_up_ratio{job="iai",instance="i",dependency="mysql"}';
const up = 'up{job="iai",instance="i"}';

/** Series a minute apart, ten minutes long. */
const cases: Readonly<Record<string, Case>> = {
  "iai-lag": {
    bad: { [lag]: "6000+0x10" },
    good: { [lag]: "5000+0x10" },
    labels: { station: "archive" },
  },
  "iai-process-down": {
    bad: { [up]: "0+0x10" },
    good: { [up]: "1+0x10" },
    labels: { instance: "i" },
  },
  "iai-dependency-down": {
    bad: { [dependency]: "0+0x10" },
    good: { [dependency]: "1+0x10" },
    labels: { instance: "i", dependency: "mysql" },
  },
  "iai-ingest-refused": {
    bad: { [requests]: "0+3x10" },
    good: { [requests]: "7+0x10" },
    labels: {},
  },
  "iai-disk": {
    bad: { [free]: "9+0x10", [size]: "100+0x10" },
    good: { [free]: "10+0x10", [size]: "100+0x10" },
    labels: { instance: "n", mountpoint: "/" },
  },
};

describe("Prometheus reads deploy/prometheus", () => {
  it("takes the rules without a complaint", () => {
    const done = promtool("check", "rules", join(files, "iai-rules.yml"));
    assert.equal(done.status, 0, done.stdout + done.stderr);
  });

  for (const name of ["prometheus.yml", "prometheus.embedded.yml"]) {
    it(`takes ${name}`, () => {
      const done = promtool("check", "config", "--syntax-only", join(files, name));
      assert.equal(done.status, 0, done.stdout + done.stderr);
    });
  }
});

describe("an alerting rule of Prometheus", () => {
  const rules = alertRules.filter(({ source }) => source === "prometheus");

  it("has a case here, each", () => {
    assert.deepEqual(rules.map(({ uid }) => uid).toSorted(), Object.keys(cases).toSorted());
  });

  for (const [uid, { bad, good, labels }] of Object.entries(cases)) {
    const severity = rules.find((rule) => rule.uid === uid)?.severity;
    const judge = (series: Readonly<Record<string, string>>, alerts: readonly object[]) => {
      const file = join(folder, `${uid}-${alerts.length}.yml`);
      const test = {
        interval: "1m",
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: [{ eval_time: "10m", alertname: uid, exp_alerts: alerts }],
      };
      writeFileSync(file, stringify({ rule_files: [join(files, "iai-rules.yml")], tests: [test] }));
      return promtool("test", "rules", file);
    };

    it(`${uid} fires when it should, about what it should`, () => {
      const labelled = { ...labels, severity, service: "iai" };
      const done = judge(bad, [
        { exp_labels: labelled, exp_annotations: annotationsOf(uid, labels) },
      ]);
      assert.equal(done.status, 0, done.stdout + done.stderr);
    });

    it(`${uid} is silent when all is well`, () => {
      const done = judge(good, []);
      assert.equal(done.status, 0, done.stdout + done.stderr);
    });
  }
});

function annotationsOf(uid: string, labels: Readonly<Record<string, string>>) {
  const rule = alertRules.find((one) => one.uid === uid);
  const said = (text: { readonly en: string; readonly zh: string } | undefined): string =>
    `${text?.en} / ${text?.zh}`.replace(
      /\{\{ \$labels\.(\w+) \}\}/g,
      (_, name: string) => labels[name] ?? "",
    );
  return { summary: said(rule?.summary), description: said(rule?.remedy) };
}
