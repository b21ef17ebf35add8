import { Button, Input } from "antd";
import { useState } from "react";
import { useText } from "../i18n/text.ts";

/** One line for a comment; it stays in the field until it is stored. */
export function AddComment(props: { onSend: (text: string) => Promise<boolean> }) {
  const t = useText();
  const [text, setText] = useState("");
  const send = async (): Promise<void> => {
    if (text.trim() !== "" && (await props.onSend(text.trim()))) setText("");
  };
  return (
    <div className="row no-print">
      <Input
        className="grow"
        aria-label={t("history.add")}
        placeholder={t("history.add")}
        maxLength={4000}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onPressEnter={() => void send()}
      />
      <Button disabled={text.trim() === ""} onClick={() => void send()}>
        {t("history.send")}
      </Button>
    </div>
  );
}
