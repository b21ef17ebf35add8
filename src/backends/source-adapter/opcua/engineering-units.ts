import { canonicalUnit } from "../../../model/units.ts";

/**
 * Codes of UN/CEFACT Recommendation 20 for the units that IAI knows. OPC-UA writes such a code as a number, its
 * characters one byte each (OPC 10000-8 section 5.6.4.3).
 */
const byCode: Readonly<Record<string, string>> = {
  CEL: "°C",
  FAH: "°F",
  KEL: "K",
  MPA: "MPa",
  KPA: "kPa",
  BAR: "bar",
  PS: "psi",
  MSK: "m/s²",
  C16: "mm/s",
  AMP: "A",
  "4K": "mA",
  B22: "kA",
  VLT: "V",
  "2Z": "mV",
  KVT: "kV",
  KWT: "kW",
  WTT: "W",
  L2: "L/min",
  MQH: "m³/h",
  RPM: "rpm",
  HTZ: "Hz",
  P1: "%",
  C62: "1",
};

/** The unit of an EUInformation structure: by its code, else by what it shows to people; null: IAI does not know it. */
export function unitOf(about: {
  readonly unitId: number;
  readonly displayName: string | null;
}): string | null {
  const known = byCode[codeOf(about.unitId)];
  if (known !== undefined) return known;
  return about.displayName === null || about.displayName === ""
    ? null
    : canonicalUnit(about.displayName);
}

function codeOf(unitId: number): string {
  if (unitId <= 0) return "";
  const bytes = [24, 16, 8, 0].map((shift) => (unitId >> shift) & 0xff).filter((byte) => byte > 0);
  return String.fromCharCode(...bytes);
}
