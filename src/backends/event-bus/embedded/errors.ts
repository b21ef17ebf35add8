/** Why the log refuses; crosses the thread boundary as plain data. */
export interface StorageFailure {
  readonly code: "STORAGE_LOW" | "STORAGE_IO_ERROR";
  readonly detail: string;
}

/** SQLite's primary result code for "no space left". */
const SQLITE_FULL = 13;

/**
 * SQLite's failure as ours. Only a full disk heals: after any other failed write or fsync the kernel may have
 * dropped the pages, so that a later success would prove nothing. Then the log stops for good.
 */
export function storageFailure(failure: unknown): StorageFailure {
  const code = (failure as { readonly errcode?: number } | null)?.errcode ?? 0;
  const reason = failure instanceof Error ? failure.message : String(failure);
  if ((code & 0xff) === SQLITE_FULL) return { code: "STORAGE_LOW", detail: "the disk is full" };
  return { code: "STORAGE_IO_ERROR", detail: `${reason} (SQLite code ${code})` };
}
