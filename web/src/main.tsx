import { createRoot } from "react-dom/client";
import "./app/tokens.css";
import "./app/base.css";
import "./app/shell.css";
import "./ui/ui.css";
import { cspNonce, giveNonceToStyles } from "./app/csp.ts";
import { preferences } from "./app/preferences.ts";
import { localeOf, Root } from "./app/root.tsx";
import { startTexts } from "./i18n/text.ts";

giveNonceToStyles(cspNonce());
const place = document.getElementById("root");
if (place === null) throw new Error("The page has no place for the console");
const { language } = preferences();
const [firstLocale] = await Promise.all([localeOf(language), startTexts(language)]);
createRoot(place).render(<Root firstLocale={firstLocale} />);
