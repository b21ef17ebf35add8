/** A piece of a report's text: words, or the number of the evidence they rest on. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "cite"; readonly id: string };

/** Cuts a text at its evidence numbers (E1, [E12]) that really exist; the brackets give way to the mark itself. */
export function piecesOf(text: string, known: ReadonlySet<string>): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(/\[E\d{1,3}\]|(?<![A-Za-z0-9])E\d{1,3}(?![A-Za-z0-9])/g)) {
    const id = found[0].replaceAll(/[[\]]/g, "");
    if (!known.has(id)) continue;
    if (found.index > from) pieces.push({ kind: "text", text: text.slice(from, found.index) });
    pieces.push({ kind: "cite", id });
    from = found.index + found[0].length;
  }
  if (from < text.length) pieces.push({ kind: "text", text: text.slice(from) });
  return pieces;
}
