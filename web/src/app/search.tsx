import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { read } from "../api/endpoints.ts";
import { keys } from "../api/keys.ts";
import { useText } from "../i18n/text.ts";

interface Hit {
  readonly to: string;
  readonly title: string;
  readonly note: string;
}

/** Jumps to a device, an alarm or an order; `/` puts the cursor here from everywhere. */
export function Search() {
  const t = useText();
  const input = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [focused, setFocused] = useState(false);
  const [chosen, setChosen] = useState(0);
  const hits = useHits(text, focused);
  useSlash(() => input.current?.focus());
  const open = (hit: Hit | undefined): void => {
    if (hit === undefined) return;
    setText("");
    input.current?.blur();
    void navigate(hit.to);
  };
  const onKey = (event: React.KeyboardEvent): void => {
    if (event.key === "ArrowDown") setChosen(Math.min(chosen + 1, hits.length - 1));
    else if (event.key === "ArrowUp") setChosen(Math.max(chosen - 1, 0));
    else if (event.key === "Enter") open(hits[chosen]);
    else if (event.key === "Escape") input.current?.blur();
    else return;
    event.preventDefault();
  };
  return (
    <div className="search">
      <input
        ref={input}
        type="search"
        role="combobox"
        aria-expanded={focused && hits.length > 0}
        aria-controls="search-hits"
        aria-label={t("search.label")}
        placeholder={t("search.placeholder")}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
        onFocus={() => setFocused(true)}
        onBlur={() => setTimeout(() => setFocused(false), 150)}
      />
      {focused && hits.length > 0 && (
        <div id="search-hits" role="listbox" className="search-hits" aria-label={t("search.label")}>
          {hits.map((hit, i) => (
            <button
              type="button"
              key={hit.to}
              role="option"
              aria-selected={i === chosen}
              tabIndex={-1}
              onMouseDown={() => open(hit)}
            >
              <b>{hit.title}</b> <span className="muted">{hit.note}</span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function useSlash(focus: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement | null;
      if (event.key !== "/" || target?.closest("input, textarea, [contenteditable]") != null)
        return;
      event.preventDefault();
      focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });
}

function useHits(text: string, wanted: boolean): readonly Hit[] {
  const statuses = useQuery({ queryKey: keys.statuses(), queryFn: read.statuses, enabled: wanted });
  const filter = { limit: 200 };
  const orders = useQuery({
    queryKey: keys.orders(filter),
    queryFn: () => read.orders(filter),
    enabled: wanted,
  });
  const needle = text.trim().toLowerCase();
  return useMemo(() => {
    if (needle === "") return [];
    const devices = (statuses.data?.items ?? [])
      .filter((each) =>
        `${each.device_id} ${each.device_name} ${each.line_id}`.toLowerCase().includes(needle),
      )
      .slice(0, 8)
      .map((each) => ({
        to: `/devices/${each.device_id}`,
        title: each.device_id,
        note: `${each.device_name} · ${each.line_id}`,
      }));
    const found = (orders.data?.items ?? [])
      .filter((each) =>
        `${each.order_no} ${each.device_id} ${each.title}`.toLowerCase().includes(needle),
      )
      .slice(0, 5)
      .map((each) => ({ to: `/orders/${each.order_no}`, title: each.order_no, note: each.title }));
    return [...devices, ...found];
  }, [needle, statuses.data, orders.data]);
}
