/** Whether received = accepted + duplicates + rejected, under whatever prefix the counters have; null: not counted. */
export function balanceOf(counters: Readonly<Record<string, number>>): boolean | null {
  const find = (word: string): number | null => {
    const name = Object.keys(counters).find(
      (each) => each === word || each.includes(`readings_${word}`),
    );
    return name === undefined ? null : (counters[name] ?? null);
  };
  const received = find("received");
  const accepted = find("accepted");
  const duplicates = find("duplicates");
  const rejected = find("rejected");
  if (received === null || accepted === null || duplicates === null || rejected === null)
    return null;
  return received === accepted + duplicates + rejected;
}
