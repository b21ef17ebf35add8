import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IaiError } from "../../kernel/errors.ts";
import { repositoryRoot } from "../repository.ts";
import { buildJobJar } from "./build-job-jar.ts";
import { stepSourcesHash } from "./step-sources-hash.ts";

/** A jar of the jobs, and the sources of the steps inside. */
export interface BuiltJobs {
  readonly jarFile: string;
  readonly sourcesHash: string;
}

/** Where an image or a package has the jobs of its version ready: no JDK is needed there. */
const shipped = join(repositoryRoot, "flink", "build");
const JAR = "iai-jobs.jar";
const FACTS = "iai-jobs.json";

/** Builds the jobs for whoever has no JDK; `folder` null: where `shippedJobs` looks. */
export async function buildJobs(libFolder: string, folder: string | null): Promise<BuiltJobs> {
  const place = folder ?? shipped;
  const jarFile = join(place, JAR);
  const { bundle, bundleHash } = await buildJobJar({ libFolder, jarFile });
  const { sourcesHash } = bundle;
  writeFileSync(join(place, FACTS), `${JSON.stringify({ sourcesHash, bundleHash })}\n`);
  return { jarFile, sourcesHash };
}

/** The jobs that this version came with. Those of other steps than it runs itself are refused. */
export function shippedJobs(folder = shipped): BuiltJobs {
  if (!existsSync(join(folder, FACTS))) {
    const message =
      "Cannot deploy: this IAI came without built jobs, nothing was changed; name Flink's jars with --flink-lib, then they are built";
    throw new IaiError("USAGE", message);
  }
  const { sourcesHash } = JSON.parse(readFileSync(join(folder, FACTS), "utf8")) as BuiltJobs;
  if (sourcesHash !== stepSourcesHash()) {
    const message = `Cannot deploy: the jobs in "${folder}" were built of other steps than this version has, nothing was changed; build them again with \`iai cluster build\``;
    throw new IaiError("STREAM_REFUSED", message);
  }
  return { jarFile: join(folder, JAR), sourcesHash };
}
