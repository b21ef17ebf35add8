import { initial } from "./0001-initial.ts";
import { knowledge } from "./0002-knowledge.ts";
import { agentTrace } from "./0003-agent-trace.ts";
import { sources } from "./0004-sources.ts";
import { forecasts } from "./0005-forecasts.ts";
import { incidents } from "./0006-incidents.ts";
import { idempotency } from "./0007-idempotency.ts";
import type { Migration } from "./migration.ts";

/** All of them, in the order in which they are applied. */
export const migrations: readonly Migration[] = [
  initial,
  knowledge,
  agentTrace,
  sources,
  forecasts,
  incidents,
  idempotency,
];
