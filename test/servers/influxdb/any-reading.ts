import fc from "fast-check";
import type { Quality, Reading, SourceQuantity, ValueFault } from "../../../src/model/reading.ts";

const plain = { noNullPrototype: true };
const metric = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_.:-]{1,50}$/),
  fc.constantFrom("flow", "time", "Time", "device_id", "_name", "count", "1e5", "-"),
);
/** Any finite double to the bit, the ends of the range and −0 among them. */
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 5e-324, -Number.MAX_VALUE, 0.1 + 0.2, 1e21, 12_345_678_901_234_568),
);
/** Any text that survives UTF-8: quotes, backslashes, line ends and NUL among it. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("", "\\", '\\"', '"', "a\\\\", "line\nend\r\n", "\u0000", "轴承磨损 🔧", ", =i "),
);
const quality: fc.Arbitrary<Quality> = fc.constantFrom("good", "uncertain", "bad");
const fault: fc.Arbitrary<ValueFault> = fc.record({ code: text, raw: text }, plain);
const source: fc.Arbitrary<SourceQuantity> = fc.record({ value: number, unit: text }, plain);

function mapOf<V>(value: fc.Arbitrary<V>, minLength: number): fc.Arbitrary<Map<string, V>> {
  const entries = fc.uniqueArray(fc.tuple(metric, value), {
    selector: ([name]) => name,
    minLength,
    maxLength: 5,
  });
  return entries.map((pairs) => new Map(pairs));
}

/** Readings of one device at different times, with everything that one can say. */
export function anyReadings(deviceId: string, startAt: number): fc.Arbitrary<readonly Reading[]> {
  const reading = fc.record(
    {
      deviceId: fc.constant(deviceId),
      measuredAt: fc.integer({ min: 0, max: 600_000 }).map((ms) => startAt + ms),
      receivedAt: fc.integer({ min: 0, max: 2 ** 52 }),
      values: mapOf(number, 0),
      qualities: fc.option(mapOf(quality, 1)),
      faults: fc.option(mapOf(fault, 1)),
      sources: fc.option(mapOf(source, 1)),
      seq: fc.option(fc.maxSafeInteger()),
      status: fc.option(text),
      configVersion: fc.integer({ min: 0, max: 2 ** 52 }),
    },
    plain,
  );
  return fc.uniqueArray(reading, {
    selector: ({ measuredAt }) => measuredAt,
    minLength: 1,
    maxLength: 20,
  });
}
