import { Radio } from "antd";
import { useSearchParams } from "react-router";
import { useText } from "../../i18n/text.ts";
import { PageHead } from "../../ui/panel.tsx";
import { Keys } from "./keys.tsx";
import { Users } from "./users.tsx";

const tabs = ["users", "keys"] as const;

/** People and programs that may come in. */
export function AccessPage() {
  const t = useText();
  const [params, setParams] = useSearchParams();
  const tab = tabs.find((each) => each === params.get("tab")) ?? "users";
  return (
    <>
      <PageHead title={t("access.title")}>
        <Radio.Group
          optionType="button"
          aria-label={t("access.title")}
          value={tab}
          onChange={(event) =>
            setParams(event.target.value === "users" ? {} : { tab: String(event.target.value) })
          }
          options={tabs.map((value) => ({ value, label: t(`access.${value}`) }))}
        />
      </PageHead>
      {tab === "users" ? <Users /> : <Keys />}
    </>
  );
}
