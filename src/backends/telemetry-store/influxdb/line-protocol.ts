import { isIdentifier } from "../../../model/basics.ts";

/*
 * Line protocol: `measurement,tag=value field=value,field=value timestamp`, one point a line. Tags are ids, which
 * need no escaping; whatever is none is percent-encoded, because a tag can hold no line end and end in no backslash.
 */

/** A tag's value that says any text. */
export function tagOf(text: string): string {
  return isIdentifier(text) ? text : encodeURIComponent(text.toWellFormed());
}

export function textOfTag(tag: string): string {
  return decodeURIComponent(tag);
}

/** The shortest decimal that gives the same double back; the server parses and prints doubles the same way. */
export function floatOf(value: number): string {
  return value === 0 && Object.is(value, -0) ? "-0" : String(value);
}

/** A whole number, 64 bit. */
export function integerOf(value: number): string {
  return `${value}i`;
}

export function stringOf(text: string): string {
  return `"${/["\\]/.test(text) ? text.replaceAll("\\", "\\\\").replaceAll('"', '\\"') : text}"`;
}
