/** One event of a server-sent stream. */
export interface ServerEvent {
  readonly type: string;
  readonly data: string;
  readonly id: string | null;
}

/**
 * Cuts a server-sent stream into events. `feed` takes text as it arrives, in pieces of any size, and gives the
 * events that are complete.
 */
export function createEventParser(): { feed(piece: string): ServerEvent[] } {
  let rest = "";
  let type = "message";
  let id: string | null = null;
  let data: string[] = [];

  function line(text: string, out: ServerEvent[]): void {
    if (text === "") {
      if (data.length > 0) out.push({ type, data: data.join("\n"), id });
      type = "message";
      data = [];
      return;
    }
    if (text.startsWith(":")) return;
    const colon = text.indexOf(":");
    const name = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (name === "event") type = value;
    else if (name === "data") data.push(value);
    else if (name === "id") id = value;
  }

  return {
    feed(piece) {
      const out: ServerEvent[] = [];
      rest += piece;
      const lines = rest.split(/\r?\n/);
      rest = lines.pop() ?? "";
      for (const each of lines) line(each, out);
      return out;
    },
  };
}
