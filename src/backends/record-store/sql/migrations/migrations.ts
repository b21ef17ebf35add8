import { initial } from "./0001-initial.ts";
import type { Migration } from "./migration.ts";

/** All of them, in the order in which they are applied. */
export const migrations: readonly Migration[] = [initial];
