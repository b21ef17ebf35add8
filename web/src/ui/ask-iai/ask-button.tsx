import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { useText } from "../../i18n/text.ts";

/** What a question is about. */
export type AskSubject = { readonly device_id: string } | { readonly trace_id: string };

// Most visits ask nothing: the panel is loaded when it is opened.
const AskDrawer = lazy(async () => ({ default: (await import("./ask-drawer.tsx")).AskDrawer }));

/** Opens the chat about one machine or one alarm; what was said stays while the page is open. */
export function AskButton(props: { subject: AskSubject; name: string }) {
  const t = useText();
  const [state, setState] = useState<"never" | "open" | "closed">("never");
  return (
    <>
      <Button className="no-print" onClick={() => setState("open")}>
        {t("question.open")}
      </Button>
      {state !== "never" && (
        <Suspense>
          <AskDrawer {...props} open={state === "open"} onClose={() => setState("closed")} />
        </Suspense>
      )}
    </>
  );
}
