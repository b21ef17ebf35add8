import * as bargauge from "@grafana/grafana-foundation-sdk/bargauge";
import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as piechart from "@grafana/grafana-foundation-sdk/piechart";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { type DataSourceName, dataSources } from "./data-sources.ts";
import type { Language, Text } from "./words.ts";

/** What every panel must say: without a unit or a word for "nothing" it does not compile. */
export interface PanelFrame {
  readonly title: Text;
  /** What exactly is counted, where the title leaves a question. */
  readonly about?: Text;
  readonly unit: string;
  readonly source: DataSourceName;
  readonly targets: readonly Builder<Dataquery>[];
  readonly nothing: Text;
  /** Of 24 columns, and rows of about 30 pixels. */
  readonly size: readonly [width: number, height: number];
  readonly decimals?: number;
}

interface AnyPanel<P> {
  title(text: string): P;
  description(text: string): P;
  unit(unit: string): P;
  noValue(text: string): P;
  datasource(ref: common.DataSourceRef): P;
  targets(targets: Builder<Dataquery>[]): P;
  span(width: number): P;
  height(height: number): P;
  decimals(decimals: number): P;
}

function framed<P extends AnyPanel<P>>(panel: P, frame: PanelFrame, language: Language): P {
  const [width, height] = frame.size;
  panel
    .title(frame.title[language])
    .unit(frame.unit)
    .noValue(frame.nothing[language])
    .datasource(dataSources[frame.source])
    .targets([...frame.targets])
    .span(width)
    .height(height);
  if (frame.about !== undefined) panel.description(frame.about[language]);
  if (frame.decimals !== undefined) panel.decimals(frame.decimals);
  return panel;
}

/** Lines over time. A gap is a gap: nothing is drawn where nothing was measured. */
export function linePanel(frame: PanelFrame, language: Language): timeseries.PanelBuilder {
  return framed(new timeseries.PanelBuilder(), frame, language)
    .lineWidth(1)
    .fillOpacity(0)
    .showPoints(common.VisibilityMode.Never)
    .spanNulls(false)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true),
    );
}

/** Counts per interval, one colour a kind, on top of each other. */
export function countPanel(frame: PanelFrame, language: Language): timeseries.PanelBuilder {
  return linePanel(frame, language)
    .drawStyle(common.GraphDrawStyle.Bars)
    .fillOpacity(70)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
}

/** One number, green or red. `steps`: from which value on which colour holds. */
export function numberPanel(
  frame: PanelFrame,
  language: Language,
  steps: readonly dashboard.Threshold[] = [{ value: null, color: "blue" }],
): stat.PanelBuilder {
  return framed(new stat.PanelBuilder(), frame, language)
    .colorMode(common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.None)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]).fields(""))
    .thresholds(thresholds(steps));
}

/** Shares of a whole: each row of the answer is a slice. */
export function piePanel(frame: PanelFrame, language: Language): piechart.PanelBuilder {
  return framed(new piechart.PanelBuilder(), frame, language)
    .reduceOptions(new common.ReduceDataOptionsBuilder().values(true).calcs([]).fields(""))
    .displayLabels([piechart.PieChartLabels.Percent])
    .legend(
      new piechart.PieChartLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Right)
        .showLegend(true)
        .values([piechart.PieChartLegendValues.Value]),
    );
}

/** A bar for each row of the answer, in its order. */
export function barPanel(frame: PanelFrame, language: Language): bargauge.PanelBuilder {
  return framed(new bargauge.PanelBuilder(), frame, language)
    .reduceOptions(new common.ReduceDataOptionsBuilder().values(true).calcs([]).fields(""))
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .thresholds(thresholds([{ value: null, color: "blue" }]));
}

/** Rows as they are. */
export function rowsPanel(frame: PanelFrame, language: Language): table.PanelBuilder {
  return framed(new table.PanelBuilder(), frame, language).showHeader(true);
}

/** Words and colours for the values of a column. */
export function mapping(
  entries: Readonly<Record<string, { readonly text: string; readonly color: string }>>,
): dashboard.DynamicConfigValue[] {
  const options = Object.fromEntries(
    Object.entries(entries).map(([value, result], index) => [value, { ...result, index }]),
  );
  return [
    { id: "mappings", value: [{ type: "value", options }] },
    { id: "custom.cellOptions", value: { type: "color-background", mode: "basic" } },
  ];
}

function thresholds(steps: readonly dashboard.Threshold[]): dashboard.ThresholdsConfigBuilder {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps([...steps]);
}
