import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { SourceAdapter } from "../../src/ports/source-adapter.ts";
import { eventually } from "../fixtures/eventually.ts";
import { RecordingSink } from "../fixtures/recording-sink.ts";

/** A real peer on loopback that measures PUMP_01. */
export interface PeerUnderTest {
  /** Has one reading for each temperature, or shows the last one where it is asked. */
  measure(temperatures: readonly number[]): Promise<void>;
  /** Has something that no reading can be made of. */
  talkNonsense(): Promise<void>;
  /** Readings that the adapter has acknowledged and that need not be sent again. */
  acknowledged(): number;
  /** Ends without a word, as a power cut does. */
  die(): Promise<void>;
  /** Is there again, at the same address, with what it has not been relieved of. */
  revive(): Promise<void>;
  /** Everything it was told that could change something in the field. */
  commands(): readonly string[];
  close(): Promise<void>;
}

export interface SourceUnderTest {
  /** Opens the adapter that reads from this peer; a second one is what comes after a restart. */
  readonly open: () => Promise<SourceAdapter>;
  readonly peer: PeerUnderTest;
}

export interface SourceSuite {
  readonly name: string;
  readonly open: () => Promise<SourceUnderTest>;
  readonly gaps?: Readonly<Record<string, string>>;
}

/** Everybody is back within this time after a fault has ended. */
const BACK_MS = 30_000;

/** What every source adapter promises; see `ports/source-adapter.ts`. */
export function testSourceAdapter(suite: SourceSuite): void {
  describe(`source adapter: ${suite.name}`, () => {
    let peer: PeerUnderTest;
    let open: () => Promise<SourceAdapter>;
    let adapter: SourceAdapter;
    let sink: RecordingSink;
    let stop: AbortController;
    let running: Promise<void>;

    const start = async (): Promise<void> => {
      adapter = await open();
      sink = new RecordingSink();
      stop = new AbortController();
      running = adapter.run(sink, stop.signal);
      running.catch(() => undefined);
    };
    const seen = () => ({ state: adapter.state(), values: sink.valuesOf("temperature") });
    const runs = () => eventually(() => adapter.state().state === "running", seen, BACK_MS);
    const sees = (temperature: number) =>
      eventually(() => sink.valuesOf("temperature").includes(temperature), seen, BACK_MS);
    // In which order things come from several connections is no promise.
    const inOrder = () => sink.valuesOf("temperature").toSorted((a, b) => Number(a) - Number(b));
    const end = async (): Promise<void> => {
      stop.abort();
      await running;
    };

    beforeEach(async () => {
      ({ open, peer } = await suite.open());
      await start();
    });
    afterEach(async () => {
      await end();
      assert.deepEqual(peer.commands(), []);
      await peer.close();
    });
    const promise = (name: string, work: () => Promise<void>): void => {
      const gap = suite.gaps?.[name];
      it(name, gap === undefined ? {} : { skip: gap }, work);
    };

    promise(
      "brings a reading with its device, its time, its value and where it is from",
      async () => {
        await runs();
        const before = Date.now();
        await peer.measure([45.25]);
        await sees(45.25);
        const item = sink.items.find(({ value }) => value !== undefined);
        const reading = item?.value as { device_id: string; timestamp: string | number };
        assert.equal(reading.device_id, "PUMP_01");
        const at = new Date(reading.timestamp).getTime();
        assert.ok(at >= before - 60_000 && at <= Date.now() + 1_000, String(reading.timestamp));
        assert.match(item?.source ?? "", new RegExp(`:${adapter.name}:`));
        await eventually(() => adapter.state().lastValueAt !== null);
      },
    );

    promise("acknowledges when the sink has stored it, and not before", async () => {
      await runs();
      const release = sink.hold(stop.signal);
      await peer.measure([1, 2, 3]);
      await eventually(() => sink.waiting > 0);
      assert.equal(peer.acknowledged(), 0);
      release();
      await eventually(() => peer.acknowledged() === 3, seen);
      assert.deepEqual(inOrder(), [1, 2, 3]);
    });

    promise("has again after a restart what was not stored before it", async () => {
      await runs();
      sink.hold(stop.signal);
      await peer.measure([1, 2, 3]);
      await eventually(() => sink.waiting > 0);
      await end();
      assert.equal(peer.acknowledged(), 0);
      await start();
      await sees(3);
      assert.deepEqual(new Set(sink.valuesOf("temperature")), new Set([1, 2, 3]));
    });

    promise("has after a restart what was measured while it was away", async () => {
      await runs();
      await end();
      await peer.measure([7, 8]);
      await start();
      await sees(7);
      await sees(8);
      assert.deepEqual(inOrder(), [7, 8]);
    });

    promise("goes on after what cannot be read, and hands that in too", async () => {
      await runs();
      await peer.talkNonsense();
      await peer.measure([5]);
      await sees(5);
      assert.ok(sink.items.some(({ fault }) => fault !== null));
    });

    promise("takes what arrives while the sink is busy in one go", async () => {
      await runs();
      const release = sink.hold(stop.signal);
      await peer.measure([1]);
      await eventually(() => sink.waiting > 0);
      await peer.measure([2, 3, 4, 5]);
      release();
      await eventually(() => sink.items.length === 5, seen);
      assert.deepEqual(inOrder(), [1, 2, 3, 4, 5]);
      assert.ok(sink.batches.length < 5, `${sink.batches}`);
    });

    promise("says that its peer is away and why, and comes back with it", async () => {
      await runs();
      await peer.measure([1]);
      await sees(1);
      await peer.die();
      await eventually(() => adapter.state().state !== "running", seen);
      await eventually(() => adapter.state().lastError !== null, seen);
      await peer.revive();
      await runs();
      await eventually(() => adapter.state().lastError === null, seen, BACK_MS);
      assert.ok(adapter.state().recoveries >= 1);
      await peer.measure([2]);
      await sees(2);
    });

    promise("ends at once while it runs, and while the sink does not answer", async () => {
      await runs();
      await end();
      assert.equal(adapter.state().state, "stopped");
      await start();
      await runs();
      sink.hold(stop.signal);
      await peer.measure([1]);
      await eventually(() => sink.waiting > 0);
      await end();
      assert.equal(adapter.state().state, "stopped");
    });

    promise("ends at once while its peer is away", async () => {
      await runs();
      await end();
      await peer.die();
      await start();
      await eventually(() => adapter.state().lastError !== null, seen);
      await end();
      assert.equal(adapter.state().state, "stopped");
      await peer.revive();
    });
  });
}
