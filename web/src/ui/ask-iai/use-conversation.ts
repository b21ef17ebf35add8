import { useEffect, useRef, useState } from "react";
import { ask as askApi } from "../../api/ask.ts";
import type { AgentStep, Answer } from "../../api/types.ts";
import type { AskSubject } from "./ask-button.tsx";

/** One question with what became of it so far. */
export interface Exchanged {
  readonly number: number;
  readonly question: string;
  readonly steps: readonly AgentStep[];
  readonly answer: Answer | null;
  readonly error: Error | null;
  readonly stopped: boolean;
}

/** Exchanges that are shown; older ones go. */
const SHOWN_MAX = 30;

/** Questions about one subject, one at a time; leaving the page ends the one under way. */
export function useConversation(subject: AskSubject) {
  const [exchanges, setExchanges] = useState<readonly Exchanged[]>([]);
  const [busy, setBusy] = useState(false);
  const running = useRef<AbortController | null>(null);
  const count = useRef(0);
  useEffect(() => () => running.current?.abort(), []);

  const ask = async (question: string): Promise<void> => {
    if (running.current !== null) return;
    const stop = new AbortController();
    running.current = stop;
    count.current += 1;
    const number = count.current;
    const change = (part: (exchange: Exchanged) => Partial<Exchanged>): void =>
      setExchanges((all) =>
        all.map((each) => (each.number === number ? { ...each, ...part(each) } : each)),
      );
    setBusy(true);
    setExchanges((all) => [
      ...all.slice(1 - SHOWN_MAX),
      { number, question, steps: [], answer: null, error: null, stopped: false },
    ]);
    try {
      const answer = await askApi(
        { question, ...subject },
        {
          signal: stop.signal,
          onStep: (step) => change(({ steps }) => ({ steps: [...steps, step] })),
        },
      );
      change(() => ({ answer }));
    } catch (failure) {
      const error = failure instanceof Error ? failure : new Error(String(failure));
      change(() => (stop.signal.aborted ? { stopped: true } : { error }));
    } finally {
      running.current = null;
      setBusy(false);
    }
  };
  return { exchanges, busy, ask, stop: () => running.current?.abort() };
}
