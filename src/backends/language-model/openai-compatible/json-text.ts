/** undefined: it is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** More objects than this in one answer are not looked at: nobody meant them as the answer. */
const objectsMax = 50;
const thinking = /<think(?:ing)?>[\s\S]*?<\/think(?:ing)?>/gi;
const thinkingLeft = /^[\s\S]*<\/think(?:ing)?>/i;

/**
 * The JSON in a model's text: all of it, in a fence, or after its thoughts, where the last object counts.
 * undefined: there is none, or it was cut off.
 */
export function jsonInText(text: string): unknown {
  const answer = text.replace(thinking, "").replace(thinkingLeft, "").trim();
  const whole = parsed(answer);
  if (whole !== undefined) return whole;
  let last: unknown;
  let from = answer.indexOf("{");
  for (let seen = 0; from >= 0 && seen < objectsMax; seen += 1) {
    const { end, open } = balancedEnd(answer, from);
    // Cut off: what came before was no answer either.
    if (open !== "") return undefined;
    const object = parsed(answer.slice(from, end));
    if (object !== undefined) last = object;
    from = answer.indexOf("{", object === undefined ? from + 1 : end);
  }
  return last;
}

/** Where the object or list that begins at `from` ends, and what is missing to close it ("" where nothing is). */
export function balancedEnd(
  text: string,
  from: number,
): { readonly end: number; readonly open: string } {
  const closers: string[] = [];
  let inString = false;
  for (let at = from; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (inString) {
      if (letter === "\\") at += 1;
      else if (letter === '"') inString = false;
    } else if (letter === '"') inString = true;
    else if (letter === "{") closers.push("}");
    else if (letter === "[") closers.push("]");
    else if (letter === closers.at(-1)) {
      closers.pop();
      if (closers.length === 0) return { end: at + 1, open: "" };
    }
  }
  return { end: text.length, open: (inString ? '"' : "") + closers.toReversed().join("") };
}
