import { App, Button, Input, Modal } from "antd";
import { type ReactNode, useState } from "react";
import { ApiError } from "../api/client.ts";
import { useText } from "../i18n/text.ts";
import { Field } from "./field.tsx";

/** Runs a write and says how it ended; a failure names what was not done. */
export function useWrite(): (action: () => Promise<unknown>, done?: string) => Promise<boolean> {
  const { message } = App.useApp();
  const t = useText();
  return async (action, done) => {
    try {
      await action();
      if (done !== undefined) void message.success(done);
      return true;
    } catch (failure) {
      const api = failure instanceof ApiError ? failure : null;
      const text =
        api === null
          ? String(failure)
          : api.status === 0
            ? t("state.unreachable")
            : `${api.message}. ${api.detail}`;
      void message.error({ content: text, duration: 8 });
      return false;
    }
  };
}

interface AskProps {
  readonly open: boolean;
  /** What will happen, in full: "Shelve P1 of PUMP_01 for 1 h". */
  readonly title: string;
  readonly ok: string;
  readonly needsReason: boolean;
  readonly danger?: boolean;
  readonly children?: ReactNode;
  readonly onClose: () => void;
  readonly onOk: (reason: string) => Promise<boolean>;
}

/** Asks for a reason before something that others must be able to understand later. */
export function Ask(props: AskProps) {
  const t = useText();
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const missing = props.needsReason && reason.trim() === "";
  const submit = async (): Promise<void> => {
    setBusy(true);
    const ok = await props.onOk(reason.trim());
    setBusy(false);
    if (ok) {
      setReason("");
      props.onClose();
    }
  };
  return (
    <Modal
      open={props.open}
      title={props.title}
      onCancel={props.onClose}
      destroyOnHidden
      footer={[
        <Button key="no" onClick={props.onClose}>
          {t("action.back")}
        </Button>,
        <Button
          key="ok"
          type="primary"
          danger={props.danger ?? false}
          loading={busy}
          disabled={missing}
          onClick={() => void submit()}
        >
          {props.ok}
        </Button>,
      ]}
    >
      <div className="column">
        {props.children}
        <Field label={props.needsReason ? t("ask.reason") : t("ask.reason_optional")}>
          {(id) => (
            <Input.TextArea
              id={id}
              autoFocus
              rows={2}
              maxLength={500}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
      </div>
    </Modal>
  );
}
