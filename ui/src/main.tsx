/** Starts the window: theme, connection, pages. */
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Toaster } from "sonner";
import { queryClient } from "@/api/client";
import { connect } from "@/api/connection";
import { router } from "@/app/router";
import { startTheme, useTheme } from "@/kit/theme";
import "./styles.css";

function App() {
  const theme = useTheme((state) => state.shown);
  return (
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
      <Toaster theme={theme} position="bottom-center" offset={48} closeButton />
    </QueryClientProvider>
  );
}

const place = document.getElementById("root");
if (!place) throw new Error("the page has no element `root`");
startTheme();
connect();
createRoot(place).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
