import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App, ConfigProvider, theme } from "antd";
import type { Locale } from "antd/es/locale";
import i18next from "i18next";
import { useEffect, useState } from "react";
import { I18nextProvider } from "react-i18next";
import { RouterProvider } from "react-router/dom";
import { ApiError, resumeSession } from "../api/client.ts";
import { cspNonce } from "./csp.ts";
import { type Language, usePreferences } from "./preferences.ts";
import { router } from "./router.tsx";
import { themeOf } from "./theme.ts";

/** All server state; the live stream feeds it, so nothing is fetched again only because time passed. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (count, failure) =>
        count < 2 &&
        (!(failure instanceof ApiError) || failure.status === 0 || failure.status >= 502),
    },
  },
});

const nonce = cspNonce();
const csp = nonce === undefined ? {} : { csp: { nonce } };

/** The component library's own texts, fetched for the language that is shown. */
export async function localeOf(language: Language): Promise<Locale> {
  return language === "zh"
    ? (await import("antd/es/locale/zh_CN.js")).default
    : (await import("antd/es/locale/en_US.js")).default;
}

/** `firstLocale` is there from the first paint: one that arrived later would mount every page anew, and empty what was typed. */
export function Root(props: { readonly firstLocale: Locale }) {
  const { theme: name, language } = usePreferences();
  const [locale, setLocale] = useState(props.firstLocale);
  useEffect(() => {
    void i18next.changeLanguage(language);
    void localeOf(language).then(setLocale);
  }, [language]);
  useEffect(() => {
    void resumeSession();
  }, []);
  const algorithm = name === "dark" ? theme.darkAlgorithm : theme.defaultAlgorithm;
  return (
    <I18nextProvider i18n={i18next}>
      <ConfigProvider
        theme={themeOf(name, algorithm)}
        {...csp}
        locale={locale}
        button={{ autoInsertSpace: false }}
      >
        <App component={false}>
          <QueryClientProvider client={queries}>
            <RouterProvider router={router} />
          </QueryClientProvider>
        </App>
      </ConfigProvider>
    </I18nextProvider>
  );
}
