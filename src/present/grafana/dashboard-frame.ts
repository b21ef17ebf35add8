import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  QueryVariableBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { dataSources } from "./data-sources.ts";
import type { Language, Text } from "./words.ts";

/** Shortest refresh that a page asks the servers for. */
const REFRESH = "5s";

export interface DashboardParts {
  /** Without its language: `iai-alerts` becomes `iai-alerts-en`. */
  readonly name: string;
  readonly title: Text;
  readonly about: Text;
  readonly from: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly panels: readonly Builder<Panel>[];
}

/** A page of ours: refreshed every 5 s, not to be edited by hand, with a way to the other pages of its language. */
export function assembleDashboard(parts: DashboardParts, language: Language): Dashboard {
  const builder = new DashboardBuilder(parts.title[language])
    .uid(`${parts.name}-${language}`)
    .description(parts.about[language])
    .tags(["iai", language])
    .refresh(REFRESH)
    .time({ from: parts.from, to: "now" })
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .link(
      new DashboardLinkBuilder("IAI")
        .type(DashboardLinkType.Dashboards)
        .tags(["iai", language])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    );
  for (const variable of parts.variables) builder.withVariable(variable);
  for (const panel of parts.panels) builder.withPanel(panel);
  const built = builder.build();
  built.panels?.forEach((panel, index) => {
    panel.id = index + 1;
  });
  return built;
}

/**
 * Factory, line and device, each narrowed by the one before. "All" of them is sent to MySQL as one mark and not as
 * the list of everything, which may be long or empty; InfluxDB knows only devices and needs the list (`devices:
 * "list"`).
 */
export function plantVariables(
  language: Language,
  { devices }: { readonly devices: "mark" | "list" },
): readonly Builder<VariableModel>[] {
  const factory = choice("factory", { en: "Factory", zh: "工厂" }, language)
    .query("SELECT DISTINCT factory_id FROM device_registry ORDER BY 1")
    .allValue(ALL_MARK);
  const line = choice("line", { en: "Line", zh: "产线" }, language)
    .query(
      `SELECT DISTINCT line_id FROM device_registry WHERE ${oneOf("factory_id", "factory")} ORDER BY 1`,
    )
    .allValue(ALL_MARK);
  const device = choice("device", { en: "Device", zh: "设备" }, language).query(
    `SELECT device_id FROM device_registry WHERE ${oneOf("factory_id", "factory")} AND ${oneOf("line_id", "line")} ORDER BY 1`,
  );
  return [factory, line, devices === "mark" ? device.allValue(ALL_MARK) : device];
}

/** SQL that keeps the rows of the chosen factories, lines and devices. */
export function inSelection(table: string, { device }: { readonly device: boolean }): string {
  const parts = [oneOf(`${table}.factory_id`, "factory"), oneOf(`${table}.line_id`, "line")];
  if (device) parts.push(oneOf(`${table}.device_id`, "device"));
  return parts.join(" AND ");
}

/** No id can be it: ids have no asterisk. It is sent as it stands, quotes included. */
const ALL_MARK = "'*'";

function oneOf(column: string, variable: string): string {
  const chosen = `\${${variable}:sqlstring}`;
  return `('*' IN (${chosen}) OR ${column} IN (${chosen}))`;
}

function choice(name: string, label: Text, language: Language): QueryVariableBuilder {
  return (
    new QueryVariableBuilder(name)
      .label(label[language])
      .datasource(dataSources.mysql)
      .multi(true)
      .includeAll(true)
      .allowCustomValue(false)
      .sort(VariableSort.AlphabeticalAsc)
      // Not with the time, which moves every 5 s.
      .refresh(VariableRefresh.OnDashboardLoad)
  );
}
