/** The one backend of this window, and the cache of replies over it. */
import { keepPreviousData, QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { asFailure, type CommandFailure } from "./failure";
import { type Announced, type CommandName, type Commands, commandTopics } from "./generated/types";
import { concerns, gatherMs, isCommandKey, touches } from "./stale";
import { httpBackend } from "./transport-http";
import { insideTauri, tauriBackend } from "./transport-tauri";

export const backend = insideTauri() ? tauriBackend() : httpBackend(window.location.origin);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Events say what went stale; time alone does not.
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, thrown) => {
        const code = asFailure(thrown).code;
        return failures < 2 && (code === "offline" || code === "unavailable" || code === "busy");
      },
    },
    mutations: { retry: false },
  },
});

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: CommandFailure;
  }
}

export function useCommand<Name extends CommandName>(
  name: Name,
  params: Commands[Name]["params"],
  options?: { enabled?: boolean; keep?: boolean; everyMs?: number },
) {
  return useQuery<Commands[Name]["reply"], CommandFailure>({
    queryKey: [name, params],
    queryFn: ({ signal }) => backend.call(name, params, { signal }),
    enabled: options?.enabled ?? true,
    refetchInterval: options?.everyMs ?? false,
    ...(options?.keep ? { placeholderData: keepPreviousData } : {}),
  });
}

/** A command that changes something; what it makes stale is refetched when it has succeeded. */
export function useChange<Name extends CommandName>(name: Name) {
  const client = useQueryClient();
  return useMutation<Commands[Name]["reply"], CommandFailure, Commands[Name]["params"]>({
    mutationFn: (params) => backend.call(name, params),
    onSuccess: () => {
      const { topics } = commandTopics[name];
      return client.invalidateQueries({
        predicate: (query) => isCommandKey(query.queryKey) && touches(topics, query.queryKey),
      });
    },
  });
}

/** Gathers announced events for a moment, then drops the replies they make stale. */
export function staleGatherer(client: QueryClient) {
  let gathered: Announced[] = [];
  return (announced: Announced) => {
    gathered.push(announced);
    if (gathered.length > 1) return;
    setTimeout(() => {
      const events = gathered;
      gathered = [];
      void client.invalidateQueries({
        predicate: ({ queryKey }) => isCommandKey(queryKey) && events.some((event) => concerns(event, queryKey)),
      });
    }, gatherMs);
  };
}
