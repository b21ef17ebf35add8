import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { RecordStore } from "../../src/ports/record-store.ts";
import { isCode } from "../fixtures/is-code.ts";
import { aDevice, aHistoryRow, anAlertRow, anOrder, noon } from "../fixtures/record-rows.ts";

export interface RecordStoreSuite {
  readonly name: string;
  /** An empty store. */
  readonly open: () => Promise<RecordStore>;
  /** Promise (the test's name) -> why this backend does not keep it. */
  readonly gaps?: Readonly<Record<string, string>>;
}

/** What every record store promises; see `ports/record-store.ts`. */
export function testRecordStore(suite: RecordStoreSuite): void {
  describe(`record store: ${suite.name}`, () => {
    let store: RecordStore;
    beforeEach(async () => {
      store = await suite.open();
    });
    afterEach(() => store.close());

    const promise = (name: string, work: () => Promise<void>): void => {
      const gap = suite.gaps?.[name];
      it(name, gap === undefined ? {} : { skip: gap }, work);
    };
    const insertHistory = (ids: readonly string[]): Promise<unknown> =>
      store.transaction((tx) =>
        Promise.all(ids.map((id, index) => tx.insert("history", aHistoryRow(id, { at: index })))),
      );
    const idsOf = (rows: readonly { historyId: string }[]): string[] =>
      rows.map((row) => row.historyId);

    promise(
      "gives a row back as it was put, nulls, booleans, instants and JSON included",
      async () => {
        const alert = anAlertRow("T1", { suppressed: true });
        const device = aDevice("PUMP_01", { location: "Halle 3; 'süd' -- 轴承 \u0000 \"x\"" });
        await store.transaction(async (tx) => {
          assert.equal(await tx.insert("alert_log", alert), true);
          assert.equal(await tx.insert("device_registry", device), true);
        });
        const found = await store.read(async (tx) => [
          await tx.find("alert_log", { traceId: "T1" }),
          await tx.find("device_registry", { deviceId: "PUMP_01" }),
          await tx.find("device_registry", { deviceId: "PUMP_02" }),
        ]);
        assert.deepEqual(found, [alert, device, null]);
      },
    );

    promise("keeps every bit of a number, in a field of its own and inside JSON", async () => {
      const numbers = [0.1, 1e308, 5e-324, -1.5, 2 ** 53 - 1, 1 / 3, 1e21];
      await store.transaction(async (tx) => {
        for (const [index, temperature] of numbers.entries()) {
          const metrics = { temperature };
          await tx.insert("alert_log", anAlertRow(`T${index}`, { temperature, metrics }));
        }
      });
      const rows = await store.read((tx) =>
        tx.list("alert_log", { orderBy: [["traceId", "asc"]] }),
      );
      const found = (numberOf: (row: (typeof rows)[number]) => number | null | undefined) =>
        rows.map(numberOf);
      assert.deepEqual(
        found((row) => row.temperature),
        numbers,
      );
      assert.deepEqual(
        found((row) => row.metrics["temperature"]),
        numbers,
      );
    });

    promise(
      "tells names apart that differ in case, accent or a blank at the end, in every script",
      async () => {
        const names = ["Zoe", "zoe", "Zoë", "Zoe ", "", "张伟", "張偉", "𠮷野", "👷", "👷🏽"];
        const results = await store.transaction((tx) =>
          Promise.all(names.map((name, value) => tx.insert("counter", { name, value }))),
        );
        assert.deepEqual(
          results,
          names.map(() => true),
        );
        for (const [value, name] of names.entries()) {
          const found = await store.read((tx) => tx.list("counter", { where: { name } }));
          assert.deepEqual(found, [{ name, value }]);
        }
      },
    );

    promise("orders texts by code point, whatever the language", async () => {
      const names = ["A", "B", "a", "b", "ß", "ä", "中", "轴", "𠮷"];
      await store.transaction((tx) =>
        Promise.all(names.toReversed().map((name) => tx.insert("counter", { name, value: 0 }))),
      );
      const rows = await store.read((tx) => tx.list("counter", { orderBy: [["name", "asc"]] }));
      assert.deepEqual(
        rows.map((row) => row.name),
        names,
      );
    });

    promise("stores nothing of a transaction whose work throws", async () => {
      const failure = new Error("on purpose");
      const doomed = store.transaction(async (tx) => {
        await tx.insert("history", aHistoryRow("H1"));
        await tx.next("audit");
        throw failure;
      });
      await assert.rejects(doomed, failure);
      assert.equal(await store.read((tx) => tx.count("history", {})), 0);
    });

    promise("shows a transaction its own changes and nobody else before the commit", async () => {
      await store.transaction(async (tx) => {
        await tx.insert("history", aHistoryRow("H1"));
        assert.equal(await tx.count("history", {}), 1);
        assert.equal(await store.read((other) => other.count("history", {})), 0);
      });
      assert.equal(await store.read((tx) => tx.count("history", {})), 1);
    });

    promise("answers a read while a transaction is open", async () => {
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const writing = store.transaction(async (tx) => {
        await tx.insert("history", aHistoryRow("H1"));
        await held;
      });
      assert.equal(await store.read((tx) => tx.count("history", {})), 0);
      release();
      await writing;
    });

    promise("shows a read one moment, whatever is committed meanwhile", async () => {
      await insertHistory(["H1"]);
      await store.read(async (tx) => {
        assert.equal(await tx.count("history", {}), 1);
        await insertHistory(["H2"]);
        assert.equal(await tx.count("history", {}), 1);
      });
    });

    promise("runs concurrent transactions as if one after another", async () => {
      await store.transaction((tx) => tx.insert("counter", { name: "sum", value: 0 }));
      const addOne = (): Promise<unknown> =>
        store.transaction(async (tx) => {
          const row = await tx.find("counter", { name: "sum" });
          await tx.update("counter", { name: "sum" }, { value: (row?.value ?? 0) + 1 });
        });
      await Promise.all(Array.from({ length: 50 }, addOne));
      const row = await store.read((tx) => tx.find("counter", { name: "sum" }));
      assert.equal(row?.value, 50);
    });

    promise(
      "refuses a second row with the same key or unique field and keeps the first",
      async () => {
        const results = await store.transaction(async (tx) => [
          await tx.insert("history", aHistoryRow("H1", { actor: "first" })),
          await tx.insert("history", aHistoryRow("H1", { actor: "second" })),
          await tx.insert("work_order", anOrder("WO-1", "T1")),
          await tx.insert("work_order", anOrder("WO-2", "T1")),
          await tx.insert("work_order", anOrder("WO-3", null)),
          await tx.insert("work_order", anOrder("WO-4", null)),
        ]);
        assert.deepEqual(results, [true, false, true, false, true, true]);
        const row = await store.read((tx) => tx.find("history", { historyId: "H1" }));
        assert.equal(row?.actor, "first");
      },
    );

    promise(
      "tells how many rows an update or a removal met, so that a fencing token holds",
      async () => {
        await store.transaction((tx) =>
          tx.insert("alert_log", anAlertRow("T1", { leaseToken: 3 })),
        );
        const counts = await store.transaction(async (tx) => [
          await tx.update("alert_log", { traceId: "T1", leaseToken: 2 }, { lastError: "late" }),
          await tx.update(
            "alert_log",
            { traceId: "T1", leaseToken: 3 },
            { lastError: null, leaseToken: 4 },
          ),
          await tx.update("alert_log", { traceId: "T1", leaseToken: 4 }, {}),
          await tx.update("alert_log", { traceId: "T1", leaseToken: 4 }, { leaseToken: 4 }),
          await tx.update("alert_log", { traceId: "T1", leaseToken: 5 }, { leaseToken: 5 }),
          await tx.remove("alert_log", { traceId: "T9" }),
          await tx.remove("alert_log", { traceId: "T1" }),
        ]);
        assert.deepEqual(counts, [0, 1, 1, 1, 0, 0, 1]);
      },
    );

    promise(
      "hands out dense numbers per counter and takes back those of a rolled back transaction",
      async () => {
        const take = (name: string): Promise<number> => store.transaction((tx) => tx.next(name));
        assert.deepEqual([await take("a"), await take("a"), await take("b")], [1, 2, 1]);
        const doomed = store.transaction(async (tx) => {
          assert.equal(await tx.next("a"), 3);
          throw new Error("on purpose");
        });
        await assert.rejects(doomed);
        const taken = await Promise.all(Array.from({ length: 20 }, () => take("a")));
        assert.deepEqual(
          taken.sort((x, y) => x - y),
          Array.from({ length: 20 }, (_, i) => i + 3),
        );
        const twice = await store.transaction(async (tx) => [
          await tx.next("c"),
          await tx.next("c"),
        ]);
        assert.deepEqual(twice, [1, 2]);
      },
    );

    promise("compares by equality, range, set, difference and part of a text", async () => {
      await store.transaction(async (tx) => {
        await tx.insert("history", aHistoryRow("H1", { at: 1, reason: null, actor: "anna" }));
        await tx.insert("history", aHistoryRow("H2", { at: 2, reason: "100%_done", actor: "ben" }));
        await tx.insert(
          "history",
          aHistoryRow("H3", { at: 3, reason: "1000 done!", actor: "zoë" }),
        );
      });
      await store.read(async (tx) => {
        const met = async (where: Parameters<typeof tx.list<"history">>[1]["where"]) =>
          idsOf(await tx.list("history", { where: where ?? {}, orderBy: [["at", "asc"]] })).join();
        assert.equal(await met({}), "H1,H2,H3");
        assert.equal(await met({ actor: "ben" }), "H2");
        assert.equal(await met({ at: { gte: 2 } }), "H2,H3");
        assert.equal(await met({ at: { gt: 1, lt: 3 } }), "H2");
        assert.equal(await met({ at: { lte: 1 } }), "H1");
        assert.equal(await met({ actor: { in: ["anna", "zoë"] } }), "H1,H3");
        assert.equal(await met({ actor: { in: [] } }), "");
        assert.equal(await met({ actor: { in: ["anna", "otto", "zoë"] } }), "H1,H3");
        assert.equal(await met({ reason: { in: ["100%_done", null] } }), "H1,H2");
        assert.equal(await met({ reason: null }), "H1");
        assert.equal(await met({ reason: { not: null } }), "H2,H3");
        assert.equal(await met({ reason: { not: "100%_done" } }), "H1,H3");
        assert.equal(await met({ reason: { contains: "0%_d" } }), "H2");
        assert.equal(await met({ reason: { contains: "DONE!" } }), "H3");
        assert.equal(await met({ actor: "ben", at: 3 }), "");
      });
    });

    promise("joins `any` by OR and with `where` by AND", async () => {
      await insertHistory(["H0", "H1", "H2", "H3"]);
      const rows = await store.read((tx) =>
        tx.list("history", {
          where: { at: { lt: 3 } },
          any: [{ historyId: "H3" }, { historyId: "H1" }, { at: { gt: 0 }, historyId: "H2" }],
          orderBy: [["historyId", "desc"]],
        }),
      );
      assert.deepEqual(idsOf(rows), ["H2", "H1"]);
      const none = await store.read((tx) => tx.count("history", { any: [] }));
      assert.equal(none, 0);
    });

    promise("orders by several fields, absent ones first, and stops at the limit", async () => {
      await store.transaction(async (tx) => {
        await tx.insert("history", aHistoryRow("H1", { reason: "b", at: 1 }));
        await tx.insert("history", aHistoryRow("H2", { reason: null, at: 2 }));
        await tx.insert("history", aHistoryRow("H3", { reason: "b", at: 3 }));
        await tx.insert("history", aHistoryRow("H4", { reason: "a", at: 4 }));
      });
      const rows = await store.read((tx) =>
        tx.list("history", {
          orderBy: [
            ["reason", "asc"],
            ["at", "desc"],
          ],
          limit: 3,
        }),
      );
      assert.deepEqual(idsOf(rows), ["H2", "H4", "H3"]);
    });

    promise("does many inserts that were not awaited one by one", async () => {
      const rows = Array.from({ length: 500 }, (_, i) => aHistoryRow(`H${i}`, { at: noon + i }));
      await store.transaction((tx) => Promise.all(rows.map((row) => tx.insert("history", row))), {
        durability: "log",
      });
      assert.equal(await store.read((tx) => tx.count("history", {})), 500);
    });

    promise("fails as a whole when an update would break a unique field", async () => {
      const doomed = store.transaction(async (tx) => {
        await tx.insert("work_order", anOrder("WO-1", "T1"));
        await tx.insert("work_order", anOrder("WO-2", "T2"));
        await tx.update("work_order", { orderNo: "WO-2" }, { traceId: "T1" });
      });
      await assert.rejects(doomed, (failure) => isCode(failure, "CONFLICT"));
      assert.equal(await store.read((tx) => tx.count("work_order", {})), 0);
    });

    promise("refuses a transaction that is used after its end", async () => {
      let kept: Parameters<Parameters<RecordStore["transaction"]>[0]>[0] | null = null;
      await store.transaction(async (tx) => {
        kept = tx;
      });
      const late = async (): Promise<unknown> => kept?.insert("history", aHistoryRow("H1"));
      await assert.rejects(late, (failure) => isCode(failure, "INTERNAL"));
      assert.equal(await store.read((tx) => tx.count("history", {})), 0);
    });

    promise("says how it stands", async () => {
      const { schemaVersion } = await store.health();
      assert.ok(schemaVersion >= 1);
    });

    promise("closes more than once without harm", async () => {
      await store.close();
      await store.close();
    });
  });
}
