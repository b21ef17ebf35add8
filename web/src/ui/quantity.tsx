import { useNow } from "../app/clock.ts";
import { useText } from "../i18n/text.ts";
import { Age, STALE_MS } from "./age.tsx";
import { formatNumber } from "./number.ts";

interface QuantityProps {
  readonly value: number | null;
  readonly unit: string;
  /** Limit it is held against; null says openly that none is set. Left out: not a limited quantity. */
  readonly limit?: number | null;
  /** When it was measured. Left out only inside a row that shows the age of all its values. */
  readonly measuredAt?: string | number | null;
  readonly quality?: string;
  readonly big?: boolean;
  readonly staleMs?: number;
}

/** A number as it must stand everywhere: with unit, limit and age; what is old fades. */
export function Quantity(props: QuantityProps) {
  const { value, unit, limit, measuredAt, quality = "good", big = false } = props;
  const staleMs = props.staleMs ?? STALE_MS;
  const t = useText();
  const now = useNow(5);
  const at = typeof measuredAt === "string" ? Date.parse(measuredAt) : measuredAt;
  const stale = typeof at === "number" && now - at > staleMs;
  const faded = stale || quality === "bad" || value === null;
  const unitText = unit === "1" ? "" : unit;
  return (
    <span className={`quantity${big ? " quantity-big" : ""}${faded ? " quantity-faded" : ""}`}>
      <span className="quantity-value">{value === null ? "–" : formatNumber(value)}</span>
      {unitText !== "" && <span className="quantity-unit">{unitText}</span>}
      {quality !== "good" && (
        <span className="quantity-note">
          {t(quality === "bad" ? "quality.bad" : "quality.uncertain")}
        </span>
      )}
      {limit !== undefined && (
        <span className="quantity-note">
          {limit === null ? t("limit.none") : t("limit.of", { limit: formatNumber(limit) })}
        </span>
      )}
      {measuredAt !== undefined && <Age at={measuredAt} staleMs={staleMs} />}
    </span>
  );
}
