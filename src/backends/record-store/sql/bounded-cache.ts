/** What was made for a text, made once; the oldest is made again when more than `max` are in use. */
export function createBoundedCache<V>(max: number): (key: string, make: () => V) => V {
  const known = new Map<string, V>();
  return (key, make) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make();
    const oldest = known.keys().next().value;
    if (known.size >= max && oldest !== undefined) known.delete(oldest);
    known.set(key, made);
    return made;
  };
}
