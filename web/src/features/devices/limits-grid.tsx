import { Button, Input, Select } from "antd";
import { useState } from "react";
import { isIdentifier } from "../../../../src/model/basics.ts";
import { knownUnits } from "../../../../src/model/units.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { emptySpec, limitFields, type SpecDraft } from "./device-draft.ts";

type Metrics = Readonly<Record<string, SpecDraft>>;
const shorthand = new Set(["temperature", "vibration", "pressure", "current"]);
const units = knownUnits().map((value) => ({ value, label: value }));

/** Sensor range and limits of every metric, in the order in which they must rise. */
export function LimitsGrid(props: {
  metrics: Metrics;
  faults: readonly string[];
  onChange: (metrics: Metrics) => void;
}) {
  const { metrics, faults, onChange } = props;
  const t = useText();
  const word = useWord();
  const set = (metric: string, change: Partial<SpecDraft>): void =>
    onChange({ ...metrics, [metric]: { ...emptySpec(metric), ...metrics[metric], ...change } });
  return (
    <div className="column">
      <div className="table-scroll">
        <table className="plain-table limits-table">
          <thead>
            <tr>
              <th scope="col">{t("device.metric")}</th>
              <th scope="col">{t("device.unit")}</th>
              {limitFields.map((field) => (
                <th key={field} scope="col">
                  {field.toUpperCase()}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Object.entries(metrics).map(([metric, spec]) => (
              <tr key={metric}>
                <th scope="row">{word("metric", metric)}</th>
                <td>
                  <Select
                    size="small"
                    className="limits-unit"
                    aria-label={`${metric} ${t("device.unit")}`}
                    value={spec.unit}
                    disabled={shorthand.has(metric)}
                    options={units}
                    onChange={(unit) => set(metric, { unit })}
                  />
                </td>
                {limitFields.map((field) => (
                  <td key={field}>
                    <Input
                      size="small"
                      inputMode="decimal"
                      aria-label={`${metric} ${field}`}
                      value={spec[field]}
                      onChange={(event) => set(metric, { [field]: event.target.value })}
                      {...(faults.includes(`${metric}.${field}`)
                        ? { status: "error" as const }
                        : {})}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <AddMetric onAdd={(metric) => set(metric, {})} known={metrics} />
    </div>
  );
}

function AddMetric(props: { onAdd: (metric: string) => void; known: Metrics }) {
  const t = useText();
  const [name, setName] = useState("");
  const usable = isIdentifier(name) && name !== "__proto__" && props.known[name] === undefined;
  return (
    <div className="row">
      <Input
        className="registry-find"
        aria-label={t("device.add_metric")}
        placeholder="flow"
        value={name}
        maxLength={50}
        onChange={(event) => setName(event.target.value)}
      />
      <Button
        disabled={!usable}
        onClick={() => {
          props.onAdd(name);
          setName("");
        }}
      >
        {t("device.add_metric")}
      </Button>
    </div>
  );
}
