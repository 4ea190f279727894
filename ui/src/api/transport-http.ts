/** The backend behind a server: commands by `POST /api/rpc/{name}`, frames by the WebSocket `/api/events`. */
import { asFailure, CommandFailure, isFailure } from "./failure";
import type { CommandName, Commands, EventFilter, Frame } from "./generated/types";
import type { Backend, StreamListener } from "./transport";

/** Marks requests of this UI; a foreign page cannot send it without the server's consent. */
const requestedWith = { "X-Requested-With": "ai-studio" };

export function httpBackend(origin: string): Backend {
  return {
    async call<Name extends CommandName>(
      name: Name,
      params: Commands[Name]["params"],
      options?: { signal?: AbortSignal },
    ): Promise<Commands[Name]["reply"]> {
      const response = await request(`${origin}/api/rpc/${name}`, "POST", params, options?.signal);
      return (await readJson(response)) as Commands[Name]["reply"];
    },
    subscribe: (filter, listener) => openSocket(socketAddress(origin, filter), listener),
    session: {
      async signIn(key) {
        await request(`${origin}/api/session`, "POST", { key });
      },
      async signOut() {
        await request(`${origin}/api/session`, "DELETE");
      },
    },
  };
}

async function request(address: string, method: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, {
      method,
      headers: body === undefined ? requestedWith : { "Content-Type": "application/json", ...requestedWith },
      body: body === undefined ? null : JSON.stringify(body),
      credentials: "same-origin",
      signal: signal ?? null,
    });
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "AbortError") throw thrown;
    throw new CommandFailure("offline", "The server cannot be reached.");
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response: Response): Promise<CommandFailure> {
  const body = await readJson(response).catch(asFailure);
  if (!(body instanceof CommandFailure) && isFailure(body)) return CommandFailure.of(body);
  // A proxy between us and the server answers without our shape.
  const code = response.status === 401 ? "unauthorized" : response.status >= 502 ? "unavailable" : "internal";
  return new CommandFailure(code, `The server answered with status ${response.status}.`);
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new CommandFailure("internal", "The server's answer could not be read.");
  }
}

function socketAddress(origin: string, filter: EventFilter): string {
  const address = new URL(`${origin}/api/events`);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined && value !== null) address.searchParams.set(name, String(value));
  }
  return address.toString();
}

function openSocket(address: string, listener: StreamListener): () => void {
  const socket = new WebSocket(address);
  let wanted = true;
  socket.onmessage = (message: MessageEvent<string>) => {
    if (wanted) listener.frame(JSON.parse(message.data) as Frame);
  };
  // An error is always followed by `close`.
  socket.onclose = () => {
    if (!wanted) return;
    wanted = false;
    listener.closed();
  };
  return () => {
    wanted = false;
    socket.close();
  };
}
