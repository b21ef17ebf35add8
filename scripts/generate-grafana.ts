import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { grafanaFiles } from "../src/present/grafana/grafana-files.ts";

/** Writes the dashboards, the alerting rules and Grafana's provisioning to `deploy/`. A tidy test fails when they are stale. */

const deploy = join(import.meta.dirname, "..", "deploy");

for (const [path, text] of grafanaFiles()) {
  const file = join(deploy, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
