import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The console is served by IAI itself; while developing, the API is another process on this machine.
const api = process.env["IAI_API_URL"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    // Small files must stay files: a data: address would need a wider content security policy.
    assetsInlineLimit: 0,
    // The preload helper of Vite is a file of its own; nothing is inlined into index.html.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    manifest: true,
  },
  server: { host: "127.0.0.1", port: 3002, proxy: { "/api": api } },
});
