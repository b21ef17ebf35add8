/** Slips that are forgiven: none in short words, one from five letters on, two from eight on. */
function slipsFor(length: number): number {
  if (length < 5) return 0;
  return length < 8 ? 1 : 2;
}

/**
 * The known words closest to a misspelled one; empty: none is close enough. The first letter must be right: people
 * rarely miss it, and it keeps the search short.
 */
export function closestWords(
  word: string,
  vocabulary: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const most = slipsFor(word.length);
  let best = most + 1;
  let found: string[] = [];
  if (most === 0) return found;
  for (const candidate of vocabulary.get(word.charAt(0)) ?? []) {
    if (Math.abs(candidate.length - word.length) > best || candidate.length < 4) continue;
    const slips = slipsBetween(word, candidate, best);
    if (slips > most || slips > best) continue;
    if (slips < best) found = [];
    best = slips;
    found.push(candidate);
  }
  return found;
}

/** Letters added, dropped, changed or swapped with their neighbour; more than `limit` is not counted further. */
export function slipsBetween(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let slips = Math.min(
        (previous[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + same,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        slips = Math.min(slips, (before[j - 2] ?? 0) + 1);
      }
      row.push(slips);
      least = Math.min(least, slips);
    }
    if (least > limit) return limit + 1;
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? limit + 1;
}

/** Words by their first letter. */
export function byFirstLetter(words: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const letters = new Map<string, string[]>();
  for (const word of words) {
    const list = letters.get(word.charAt(0));
    if (list === undefined) letters.set(word.charAt(0), [word]);
    else list.push(word);
  }
  return letters;
}
