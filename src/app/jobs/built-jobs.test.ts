import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { temporaryFolder } from "../../../test/fixtures/temporary-folder.ts";
import { shippedJobs } from "./built-jobs.ts";
import { stepSourcesHash } from "./step-sources-hash.ts";

describe("jobs that came built", () => {
  const built = (sourcesHash: string): string => {
    const folder = temporaryFolder("built-jobs");
    writeFileSync(join(folder, "iai-jobs.json"), JSON.stringify({ sourcesHash, bundleHash: "b" }));
    return folder;
  };

  it("are taken when they run the steps of this version", () => {
    const folder = built(stepSourcesHash());
    const jobs = shippedJobs(folder);
    assert.deepEqual(jobs, {
      jarFile: join(folder, "iai-jobs.jar"),
      sourcesHash: stepSourcesHash(),
    });
  });

  it("are refused when they run other steps", () => {
    const folder = built("0".repeat(64));
    assert.throws(
      () => shippedJobs(folder),
      (failure) => isCode(failure, "STREAM_REFUSED"),
    );
  });

  it("are asked for when there are none", () => {
    const folder = temporaryFolder("built-jobs");
    assert.throws(
      () => shippedJobs(folder),
      (failure) => isCode(failure, "USAGE"),
    );
  });
});
