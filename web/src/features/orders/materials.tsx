import { useQueryClient } from "@tanstack/react-query";
import { AutoComplete, Button, Input, InputNumber } from "antd";
import { useState } from "react";
import { isOpenOrder } from "../../../../src/model/work-order.ts";
import { change } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { WorkOrder } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useText } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { Panel } from "../../ui/panel.tsx";

/** What stores hand out; any other word can be written. */
const units = ["pcs", "set", "m", "kg", "g", "L"] as const;

/** Parts that were used, added one by one. */
export function Materials(props: { order: WorkOrder }) {
  const { order } = props;
  const t = useText();
  const may = useMay();
  const write = useWrite();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [quantity, setQuantity] = useState<number | null>(1);
  const [unit, setUnit] = useState("pcs");
  const add = async (): Promise<void> => {
    const materials = [
      ...order.materials,
      { name: name.trim(), quantity: quantity ?? 1, unit: unit.trim() || "pcs" },
    ];
    const ok = await write(async () => {
      client.setQueryData(
        keys.order(order.order_no),
        await change.patchOrder(order.order_no, { materials }),
      );
    });
    if (ok) setName("");
  };
  return (
    <Panel title={t("order.parts")}>
      <div className="column">
        {order.materials.length === 0 && <p className="muted">{t("order.no_parts")}</p>}
        <ul>
          {order.materials.map((material) => (
            <li key={material.name} className="row spread">
              <span>{material.name}</span>
              <span>
                {material.quantity} {material.unit}
              </span>
            </li>
          ))}
        </ul>
        {isOpenOrder(order.status) && may("operator") && (
          <div className="row no-print">
            <Input
              className="grow"
              aria-label={t("order.part_name")}
              placeholder={t("order.part_name")}
              value={name}
              maxLength={100}
              onChange={(event) => setName(event.target.value)}
            />
            <InputNumber
              aria-label={t("order.part_quantity")}
              min={0}
              value={quantity}
              onChange={setQuantity}
            />
            <AutoComplete
              className="part-unit"
              aria-label={t("order.part_unit")}
              value={unit}
              onChange={setUnit}
              options={units.map((value) => ({ value }))}
            />
            <Button disabled={name.trim() === ""} onClick={() => void add()}>
              {t("order.add_part")}
            </Button>
          </div>
        )}
      </div>
    </Panel>
  );
}
