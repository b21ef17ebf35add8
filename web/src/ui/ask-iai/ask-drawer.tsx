import { Button, Drawer, Input } from "antd";
import { useState } from "react";
import { useMay } from "../../app/session.ts";
import type { TextKey } from "../../i18n/dictionary.ts";
import { useText } from "../../i18n/text.ts";
import { Field } from "../field.tsx";
import { Empty } from "../states.tsx";
import type { AskSubject } from "./ask-button.tsx";
import { Exchange } from "./exchange.tsx";
import { useConversation } from "./use-conversation.ts";
import "./ask-iai.css";

const QUESTION_MAX = 1_000;
const deviceExamples = ["question.device_1", "question.device_2", "question.device_3"] as const;
const alarmExamples = ["question.alarm_1", "question.alarm_2", "question.alarm_3"] as const;

interface AskDrawerProps {
  readonly subject: AskSubject;
  readonly name: string;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** The chat: what was asked and answered, newest last, and where to ask. */
export function AskDrawer(props: AskDrawerProps) {
  const t = useText();
  const may = useMay();
  const title = t("question.title", { subject: props.name });
  return (
    <Drawer open={props.open} size={560} title={title} onClose={props.onClose}>
      {may("viewer") ? (
        <Chat subject={props.subject} />
      ) : (
        <div className="state state-forbidden" role="alert">
          <h2>{t("question.forbidden")}</h2>
          <p>{t("question.forbidden_who")}</p>
        </div>
      )}
    </Drawer>
  );
}

function Chat(props: { subject: AskSubject }) {
  const { subject } = props;
  const { exchanges, busy, ask, stop } = useConversation(subject);
  return (
    <div className="ask-chat">
      <div className="ask-said" aria-live="polite">
        {exchanges.length === 0 && (
          <Examples
            keys={"device_id" in subject ? deviceExamples : alarmExamples}
            onPick={(text) => void ask(text)}
          />
        )}
        {exchanges.map((exchange) => (
          <Exchange
            key={exchange.number}
            exchange={exchange}
            onRetry={() => void ask(exchange.question)}
          />
        ))}
      </div>
      <QuestionForm busy={busy} onAsk={(text) => void ask(text)} onStop={stop} />
    </div>
  );
}

function Examples(props: { keys: readonly TextKey[]; onPick: (text: string) => void }) {
  const t = useText();
  return (
    <Empty title={t("question.empty")}>
      <p className="muted">{t("question.empty_more")}</p>
      <p className="small muted">{t("question.examples")}</p>
      <ul className="ask-examples">
        {props.keys.map((key) => (
          <li key={key}>
            <Button onClick={() => props.onPick(t(key))}>{t(key)}</Button>
          </li>
        ))}
      </ul>
    </Empty>
  );
}

function QuestionForm(props: { busy: boolean; onAsk: (text: string) => void; onStop: () => void }) {
  const t = useText();
  const [text, setText] = useState("");
  const send = (): void => {
    const question = text.trim();
    if (question === "" || props.busy) return;
    props.onAsk(question);
    setText("");
  };
  return (
    <form
      className="ask-form"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Field label={t("question.yours")}>
        {(id) => (
          <Input.TextArea
            id={id}
            autoFocus
            rows={2}
            maxLength={QUESTION_MAX}
            placeholder={t("question.placeholder")}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              // While characters are being composed, Enter chooses among them.
              if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
              event.preventDefault();
              send();
            }}
          />
        )}
      </Field>
      {props.busy ? (
        <Button onClick={props.onStop}>{t("question.stop")}</Button>
      ) : (
        <Button type="primary" htmlType="submit" disabled={text.trim() === ""}>
          {t("question.send")}
        </Button>
      )}
    </form>
  );
}
