// Building, serving and testing the UI. In development, calls go on to a server that runs already.
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The server that `npm run dev` forwards to. */
const server = process.env.AI_STUDIO_URL ?? "http://127.0.0.1:8080";

/** What every page needs comes in one file, so that a first visit asks for few. */
const groups = [
  {
    name: "base",
    test: /node_modules[\\/](react|react-dom|scheduler|zustand|use-sync-external-store|sonner|@tanstack)[\\/]/,
  },
  { name: "popups", test: /node_modules[\\/](@base-ui|@floating-ui)[\\/]/ },
  { name: "graph", test: /node_modules[\\/](@xyflow|d3-[a-z]+|cmdk|@radix-ui)[\\/]/ },
];

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: ["chrome111", "firefox114", "safari16.4"],
    // Both shells embed the whole folder: no maps, and the manifest goes once `scripts/sizes.mjs` has read it.
    sourcemap: false,
    manifest: true,
    assetsInlineLimit: 0,
    rolldownOptions: { output: { codeSplitting: { groups } } },
  },
  server: { proxy: { "/api": { target: server, ws: true } } },
  test: {
    projects: [
      {
        extends: true,
        test: { name: "plain", environment: "node", include: ["tests/**/*.test.ts"], exclude: ["**/*.dom.test.*"] },
      },
      {
        extends: true,
        test: {
          name: "dom",
          environment: "jsdom",
          include: ["tests/**/*.dom.test.{ts,tsx}"],
          setupFiles: ["tests/setup.ts"],
        },
      },
    ],
  },
});
