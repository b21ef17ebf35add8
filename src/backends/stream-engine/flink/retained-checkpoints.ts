import { existsSync, globSync, statSync } from "node:fs";
import { join } from "node:path";

/** Folder of one job's checkpoints and savepoints: states of another form lie in another. */
export function jobFolder(checkpointFolder: string, job: string, stateVersion: number): string {
  return join(checkpointFolder, `${job}@${stateVersion}`);
}

/** The newest checkpoint or savepoint that is whole; null: none. */
export function newestRetained(folder: string): string | null {
  if (!existsSync(folder)) return null;
  // `_metadata` is written last: without it a checkpoint was under way when the job manager died.
  const found = globSync(["*/chk-*/_metadata", "savepoint-*/_metadata"], { cwd: folder })
    .map((path) => join(folder, path))
    .map((path) => ({ path, at: statSync(path).mtimeMs }));
  const newest = found.toSorted((a, b) => b.at - a.at)[0];
  return newest === undefined ? null : `file://${join(newest.path, "..")}`;
}
