import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ConfigDocument, ConfigSource } from "../../src/ports/config-source.ts";
import { isCode } from "../fixtures/is-code.ts";

export interface ConfigSourceUnderTest {
  readonly source: ConfigSource;
  readonly publish: (values: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Something that is no configuration document. */
  readonly publishBroken: () => Promise<void>;
}

export interface ConfigSourceSuite {
  readonly name: string;
  /** A source without a document. */
  readonly open: () => Promise<ConfigSourceUnderTest>;
}

/** What every configuration source promises; see `ports/config-source.ts`. */
export function testConfigSource(suite: ConfigSourceSuite): void {
  describe(`configuration source: ${suite.name}`, () => {
    const noneBroken = (failure: unknown): void => assert.fail(String(failure));
    const next = async (documents: AsyncIterator<ConfigDocument>) => (await documents.next()).value;

    it("loads an empty document where there is none", async () => {
      const { source } = await suite.open();
      assert.deepEqual((await source.load()).values, {});
      await source.close();
    });

    it("loads the present document with its nested keys", async () => {
      const { source, publish } = await suite.open();
      await publish({ http: { port: 8000 }, plants: ["北京", "Köln"] });
      const document = await source.load();
      assert.deepEqual(document.values, { http: { port: 8000 }, plants: ["北京", "Köln"] });
      assert.notEqual(document.origin, "");
      await source.close();
    });

    it("refuses to load what is no document", async () => {
      const { source, publishBroken } = await suite.open();
      await publishBroken();
      await assert.rejects(source.load(), (failure) => isCode(failure, "CONFIG_UNREADABLE"));
      await source.close();
    });

    it("yields each later document once, in order, also one published before the watching began", async () => {
      const { source, publish } = await suite.open();
      await publish({ step: 1 });
      await source.load();
      const end = new AbortController();
      await publish({ step: 2 });
      const documents = source.changes(end.signal, noneBroken)[Symbol.asyncIterator]();
      assert.deepEqual((await next(documents)).values, { step: 2 });
      await publish({ step: 3 });
      assert.deepEqual((await next(documents)).values, { step: 3 });
      end.abort();
      assert.equal((await documents.next()).done, true);
      await source.close();
    });

    it("tells of a broken document, keeps quiet about it otherwise, and goes on", async () => {
      const { source, publish, publishBroken } = await suite.open();
      await publish({ step: 1 });
      await source.load();
      const end = new AbortController();
      const told = Promise.withResolvers<unknown>();
      const documents = source.changes(end.signal, told.resolve)[Symbol.asyncIterator]();
      const later = next(documents);
      await publishBroken();
      isCode(await told.promise, "CONFIG_UNREADABLE");
      await publish({ step: 2 });
      assert.deepEqual((await later).values, { step: 2 });
      end.abort();
      await source.close();
    });

    it("ends the iteration when the source is closed", async () => {
      const { source } = await suite.open();
      await source.load();
      const documents = source.changes(new AbortController().signal, noneBroken);
      const ending = documents[Symbol.asyncIterator]().next();
      await source.close();
      assert.equal((await ending).done, true);
    });
  });
}
