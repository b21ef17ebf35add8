/**
 * Where the facts of the shipped entries can be read up. All are works of the United States government without
 * copyright in the United States; the texts of the entries are our own. Codes follow ISO 14224, as facts.
 */
export const sources = {
  femp: "DOE/FEMP Operations & Maintenance Best Practices, Release 3.0 (2010)",
  pumping: "DOE Improving Pumping System Performance: A Sourcebook for Industry",
  motors: "DOE Improving Motor and Drive System Performance: A Sourcebook for Industry",
  air: "DOE Improving Compressed Air System Performance: A Sourcebook for Industry",
  fans: "DOE Improving Fan System Performance: A Sourcebook for Industry",
  rcm: "NASA Reliability-Centered Maintenance Guide for Facilities and Collateral Equipment (2008)",
  nswc: "NSWC-11 Handbook of Reliability Prediction Procedures for Mechanical Equipment",
  fluidFlow: "DOE-HDBK-1012/3-92 Thermodynamics, Heat Transfer and Fluid Flow",
  mechanics: "DOE-HDBK-1018/1-93 Mechanical Science",
  electricity: "DOE-HDBK-1011-92 Electrical Science",
  instruments: "DOE-HDBK-1013/1-92 Instrumentation and Control",
  fluidPower: "US Navy NAVEDTRA 14105 Fluid Power",
} as const;

export type SourceName = keyof typeof sources;

const SOURCES_LICENCE = "US government work, public domain";

/** Title, section and licence of each source in one line. */
export function referenceOf(cited: readonly (readonly [SourceName, string])[]): string {
  const titles = cited.map(([name, section]) => `${sources[name]}, ${section}`);
  return `${titles.join("; ")} (${SOURCES_LICENCE}); ISO 14224 (codes)`;
}
