/** Asks for the server's key. Shown whenever the server refuses us for want of one. */
import { type FormEvent, useState } from "react";
import { signIn } from "@/api/connection";
import { asFailure } from "@/api/failure";
import { Button } from "@/kit/Button";
import { Field, TextInput } from "@/kit/Field";
import { useTitle } from "@/kit/hooks";

export function SignIn() {
  useTitle("Sign in");
  const [key, setKey] = useState("");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await signIn(key);
    } catch (thrown) {
      const failure = asFailure(thrown);
      setError(failure.code === "unauthorized" ? "This key is not the server's key." : failure.message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <main className="flex h-full items-center justify-center p-6">
      <form onSubmit={submit} className="flex w-full max-w-sm flex-col gap-4 rounded-xl border bg-panel p-6">
        <div className="flex items-center gap-2.5">
          <img src="/icon.svg" alt="" className="size-8" />
          <h1 className="font-semibold text-lg">Sign in to AI Studio</h1>
        </div>
        <Field label="Key" errors={error ? [error] : []} help="The key that this server was started with.">
          {(ids) => (
            <TextInput
              {...ids}
              type="password"
              name="key"
              autoComplete="current-password"
              autoFocus
              required
              value={key}
              onChange={(event) => setKey(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" look="primary" disabled={busy || key === ""}>
          {busy ? "Signing in…" : "Sign in"}
        </Button>
      </form>
    </main>
  );
}
