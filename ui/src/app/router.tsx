/** The addresses of the pages. Big pages load when they are first visited. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import type { RunStatus } from "@/api/generated/types";
import { RunsPage, runStatuses } from "@/pages/runs/RunsPage";
import { SettingsPage } from "@/pages/settings/SettingsPage";
import { WorkflowsPage } from "@/pages/workflows/WorkflowsPage";
import { NotFound } from "./NotFound";
import { PageFailed } from "./PageFailed";
import { Shell } from "./Shell";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: PageFailed });

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

const workflows = createRoute({ getParentRoute: () => root, path: "/", component: WorkflowsPage });

const workflow = createRoute({
  getParentRoute: () => root,
  path: "/workflows/$id",
  validateSearch: (search): { run?: string | undefined; node?: string | undefined } => ({
    run: text(search.run),
    node: text(search.node),
  }),
  component: lazyRouteComponent(() => import("@/pages/workflow/WorkflowPage"), "WorkflowPage"),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: "/runs",
  validateSearch: (
    search,
  ): { status?: RunStatus | undefined; workflow?: string | undefined; before?: string | undefined } => ({
    status: runStatuses.find((status) => status === search.status),
    workflow: text(search.workflow),
    before: text(search.before),
  }),
  component: RunsPage,
});

const run = createRoute({
  getParentRoute: () => root,
  path: "/runs/$id",
  validateSearch: (search): { node?: string | undefined; view?: "timeline" | "canvas" | undefined } => ({
    node: text(search.node),
    view: search.view === "canvas" ? "canvas" : undefined,
  }),
  component: lazyRouteComponent(() => import("@/pages/run/RunPage"), "RunPage"),
});

const settings = createRoute({ getParentRoute: () => root, path: "/settings", component: SettingsPage });

export const router = createRouter({
  routeTree: root.addChildren([workflows, workflow, runs, run, settings]),
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
