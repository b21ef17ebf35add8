import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Dashboard, Panel, VariableModel } from "@grafana/grafana-foundation-sdk/dashboard";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { parse } from "yaml";
import { sourcesIn } from "../../../test/tidy/sources.ts";
import {
  AGGREGATE_POLICY,
  EPISODES,
  from,
  RAW,
  RAW_POLICY,
} from "../../backends/telemetry-store/influxdb/schema.ts";
import { knownUnits } from "../../model/units.ts";
import { alertRules } from "./alert-rules.ts";
import { dataSources, EXPRESSION_UID, measurements } from "./data-sources.ts";
import { dashboards, grafanaFiles } from "./grafana-files.ts";
import { languages } from "./words.ts";

const pages = dashboards().map(({ language, page }) => ({ language, page, name: page.uid ?? "" }));
const uids: readonly string[] = Object.values(dataSources).map(({ uid }) => uid);
/** Grafana's own list, and its form for a sign of one's own, of which we allow the units of our model. */
const unitIds = new Set([
  ...Object.values(units),
  ...knownUnits().map((unit) => `suffix:${unit}`),
] as string[]);
/** Names that Grafana itself gives a meaning. */
const builtIn =
  /^(__interval|__interval_ms|__rate_interval|timeFilter|__timeFilter|__timeFrom|__timeTo|__timeGroupAlias|tag_\w+|col)$/;

const panelsOf = (page: Dashboard): readonly Panel[] => (page.panels ?? []) as readonly Panel[];
const variablesOf = (page: Dashboard): readonly VariableModel[] => page.templating?.list ?? [];

function variablesIn(text: string): readonly string[] {
  return [...text.matchAll(/\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g)].map(
    (match) => match[1] ?? match[2] ?? "",
  );
}

function unitsOf(panel: Panel): readonly unknown[] {
  const overrides = panel.fieldConfig?.overrides ?? [];
  const inOverrides = overrides.flatMap(({ properties }) =>
    properties.filter(({ id }) => id === "unit").map(({ value }) => value as unknown),
  );
  return [panel.fieldConfig?.defaults.unit, ...inOverrides];
}

describe("Grafana dashboards", () => {
  it("are the five pages of the plant in every language", () => {
    const names = pages.map(({ name }) => name).toSorted();
    const five = ["alerts", "diagnosis", "global", "live-devices", "pipeline"];
    assert.deepEqual(
      names,
      five.flatMap((page) => languages.map((language) => `iai-${page}-${language}`)).toSorted(),
    );
  });

  for (const { page, name, language } of pages) {
    describe(name, () => {
      it("refreshes every 5 s and is not edited by hand", () => {
        assert.equal(page.refresh, "5s");
        assert.equal(page.editable, false);
      });

      it("gives every panel a title, a known unit and a word for nothing", () => {
        for (const panel of panelsOf(page)) {
          assert.ok((panel.title ?? "") !== "");
          assert.ok((panel.fieldConfig?.defaults.noValue ?? "") !== "", `${panel.title}`);
          for (const unit of unitsOf(panel))
            assert.ok(unitIds.has(String(unit)), `${name} ${panel.title}: ${String(unit)}`);
        }
      });

      it("asks only the servers that provisioning creates", () => {
        const asked = [
          ...panelsOf(page).flatMap((panel) => [
            panel.datasource,
            ...(panel.targets ?? []).map(
              (target) => (target as { datasource?: { uid?: string } }).datasource,
            ),
          ]),
          ...variablesOf(page).map(({ datasource }) => datasource),
        ];
        assert.ok(asked.length > 0);
        for (const source of asked) assert.ok(uids.includes(source?.uid ?? ""), `${source?.uid}`);
      });

      it("uses no variable that it does not have", () => {
        const own = new Set<string>();
        for (const variable of variablesOf(page)) {
          // A variable knows only those before it.
          for (const used of variablesIn(String(variable.query))) assert.ok(own.has(used), used);
          own.add(variable.name);
        }
        for (const used of variablesIn(JSON.stringify(panelsOf(page))))
          assert.ok(own.has(used) || builtIn.test(used), `$${used}`);
      });

      it("has panels with ids of their own that do not cover each other", () => {
        const ids = panelsOf(page).map(({ id }) => id);
        assert.equal(new Set(ids).size, ids.length);
        const cells = panelsOf(page).flatMap(({ gridPos }) => {
          const { x = 0, y = 0, w = 0, h = 0 } = gridPos ?? {};
          assert.ok(w > 0 && h > 0 && x + w <= 24);
          return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
        });
        assert.equal(new Set(cells).size, cells.length);
      });

      it("speaks its language", () => {
        const texts = [page.title, ...variablesOf(page).map(({ label }) => label)];
        for (const panel of panelsOf(page)) texts.push(panel.title, panel.description);
        for (const text of texts.filter((one) => one !== undefined))
          assert.equal(/\p{Script=Han}/u.test(text), language === "zh", text);
      });
    });
  }

  it("differ between the languages in nothing but words", () => {
    const shape = (page: Dashboard): unknown =>
      panelsOf(page).map(({ id, type, gridPos, targets, fieldConfig }) => ({
        ...{ id, type, gridPos, unit: fieldConfig?.defaults.unit },
        // Words of a query stand in quotes.
        queries: JSON.stringify(targets).replace(/'[^']*'|AS \\"[^"]*"/g, "''"),
      }));
    for (const { page, name } of pages.filter(({ language }) => language === "en")) {
      const other = pages.find((one) => one.name === name.replace(/-en$/, "-zh"));
      assert.deepEqual(other && shape(other.page), shape(page));
    }
  });
});

interface RuleFile {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly uid: string;
      readonly condition: string;
      readonly data: readonly { readonly refId: string; readonly datasourceUid: string }[];
    }[];
  }[];
}

describe("Grafana alerting rules", () => {
  const file = parse(
    grafanaFiles().get("grafana/provisioning/alerting/rules.yaml") ?? "",
  ) as RuleFile;
  const rules = file.groups.flatMap((group) => group.rules);

  it("watch lag, no data, refused ingest, late diagnosis and disk", () => {
    const names = rules.map(({ uid }) => uid);
    for (const topic of ["lag", "no-data", "ingest-refused", "diagnosis-late", "disk"])
      assert.ok(names.includes(`iai-${topic}`), topic);
    assert.equal(new Set(names).size, names.length);
  });

  it("rest on servers that provisioning creates and on a condition that is there", () => {
    for (const { data, condition } of rules) {
      assert.ok(data.some(({ refId }) => refId === condition));
      for (const { datasourceUid } of data)
        assert.ok([...uids, EXPRESSION_UID].includes(datasourceUid), datasourceUid);
    }
  });

  it("say in both languages what holds and what to do", () => {
    for (const { summary, remedy, title } of alertRules) {
      for (const text of [summary, remedy, title]) {
        assert.ok(text.en !== "" && /\p{Script=Han}/u.test(text.zh));
        // Provisioning would put the environment there.
        assert.ok(!/\$\{|\$(?!labels)/.test(text.en + text.zh), text.en);
      }
    }
  });

  it("tell whom the environment names", () => {
    const text = grafanaFiles().get("grafana/provisioning/alerting/contact-points.yaml") ?? "";
    assert.match(text, /url: \$GRAFANA_CONTACT_URL/);
  });
});

describe("names in InfluxDB", () => {
  it("are those that the store writes", () => {
    assert.equal(measurements.raw, from(RAW_POLICY, RAW));
    assert.equal(measurements.episodes, from(AGGREGATE_POLICY, EPISODES));
  });
});

describe("the server", () => {
  it("starts without the dashboards and their library", () => {
    const importing = sourcesIn("src/**/*.ts")
      .filter(({ path }) => !path.startsWith("src/present/grafana/"))
      .filter(({ text }) => /present\/grafana\/|grafana-foundation-sdk/.test(text))
      .map(({ path }) => path);
    assert.deepEqual(importing, []);
  });
});
