import type { ThemeConfig } from "antd";
import type { Theme } from "./preferences.ts";

/** Ant Design in the console's greys; the same values as in tokens.css. */
const greys = {
  light: {
    colorPrimary: "#1f5f94",
    colorBgBase: "#ffffff",
    colorTextBase: "#1b2026",
    colorBgContainer: "#ffffff",
    colorBgLayout: "#e9ebed",
    colorBorder: "#aab2ba",
    colorBorderSecondary: "#cfd4d9",
    colorError: "#c8102e",
    colorTextPlaceholder: "#5a646e",
    colorTextDescription: "#5a646e",
    colorTextDisabled: "#6d7781",
  },
  dark: {
    colorPrimary: "#3f8ac4",
    colorBgBase: "#1a1e22",
    colorTextBase: "#e3e7ea",
    colorBgContainer: "#22272c",
    colorBgElevated: "#282e34",
    colorBgLayout: "#121518",
    colorBorder: "#56616b",
    colorBorderSecondary: "#313840",
    colorError: "#ff4d5a",
    colorLink: "#7ab6e6",
    colorTextPlaceholder: "#97a1aa",
    colorTextDescription: "#97a1aa",
    colorTextDisabled: "#7f8a94",
  },
} as const;

export function themeOf(
  theme: Theme,
  algorithm: NonNullable<ThemeConfig["algorithm"]>,
): ThemeConfig {
  return {
    algorithm,
    token: {
      ...greys[theme],
      borderRadius: 4,
      fontSize: 14,
      fontFamily: "var(--font)",
      wireframe: false,
      motionDurationMid: "0.12s",
      motionDurationSlow: "0.16s",
      boxShadow: "0 6px 20px rgb(0 0 0 / 18%)",
    },
    components: {
      Table: { headerBg: "transparent", headerSplitColor: "transparent", cellPaddingBlock: 8 },
      Button: { primaryShadow: "none", defaultShadow: "none", dangerShadow: "none" },
    },
  };
}
