/** Settings that take effect while the server runs: one form each, made from the setting's own schema. */
import { lazy, Suspense, useEffect, useState } from "react";
import { toast } from "sonner";
import { useChange, useCommand } from "@/api/client";
import type { Json, Setting } from "@/api/generated/types";
import { Button } from "@/kit/Button";
import { Field, Select } from "@/kit/Field";
import { Help } from "@/kit/Help";
import { useTitle } from "@/kit/hooks";
import { FailureNote, Waiting } from "@/kit/Notes";
import { chooseTheme, type ThemeChoice, useTheme } from "@/kit/theme";
import { isObject } from "@/model/ports";

const SchemaForm = lazy(() => import("@/forms/SchemaForm"));

export function SettingsPage() {
  useTitle("Settings");
  const list = useCommand("settings.list", {});
  return (
    <main className="mx-auto flex w-full max-w-3xl flex-1 flex-col gap-6 px-6 py-6">
      <h1 className="font-semibold text-xl">Settings</h1>
      <section aria-labelledby="this-device" className="flex flex-col gap-3">
        <h2 id="this-device" className="font-semibold text-[15px]">
          This device
        </h2>
        <Theme />
      </section>
      <section aria-labelledby="server-settings" className="flex flex-col gap-3">
        <h2 id="server-settings" className="font-semibold text-[15px]">
          Server
        </h2>
        {list.isPending && <Waiting what="settings" />}
        {list.error && (
          <FailureNote
            title="The settings could not be loaded"
            failure={list.error}
            onRetry={() => void list.refetch()}
          />
        )}
        {list.data?.settings.length === 0 && (
          <p className="text-[13px] text-ink-faint">This server has no settings to change here.</p>
        )}
        {[...byPrefix(list.data?.settings ?? [])].map(([prefix, settings]) => (
          <fieldset key={prefix} className="flex flex-col divide-y rounded-xl border bg-panel">
            <legend className="sr-only">{prefix}</legend>
            {settings.map((setting) => (
              <SettingForm key={setting.key} setting={setting} />
            ))}
          </fieldset>
        ))}
      </section>
    </main>
  );
}

/** `models.provider` and `models.model` stand together. */
function byPrefix(settings: readonly Setting[]): Map<string, Setting[]> {
  const groups = new Map<string, Setting[]>();
  for (const setting of settings) {
    const prefix = setting.key.split(".")[0] ?? "";
    groups.set(prefix, [...(groups.get(prefix) ?? []), setting]);
  }
  return groups;
}

/** `models.base_url` as `Models: base url`. */
function titleOf(key: string): string {
  const words = key.replaceAll("_", " ").split(".").join(": ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function Theme() {
  const choice = useTheme((theme) => theme.choice);
  return (
    <div className="rounded-xl border bg-panel p-4">
      <Field label="Appearance">
        {(ids) => (
          <Select
            {...ids}
            className="max-w-56"
            value={choice}
            onChange={(event) => chooseTheme(event.target.value as ThemeChoice)}
            options={[
              { value: "system", label: "As the system" },
              { value: "light", label: "Light" },
              { value: "dark", label: "Dark" },
            ]}
          />
        )}
      </Field>
    </div>
  );
}

function SettingForm({ setting }: { setting: Setting }) {
  const [value, setValue] = useState<Json>(setting.value);
  const save = useChange("settings.set");
  // What somebody else saved comes in, unless something is being typed here.
  const [base, setBase] = useState(setting.value);
  const changed = JSON.stringify(value) !== JSON.stringify(base);
  useEffect(() => {
    if (JSON.stringify(setting.value) === JSON.stringify(base)) return;
    setBase(setting.value);
    if (!changed) setValue(setting.value);
  }, [setting.value, base, changed]);
  const atDefault = JSON.stringify(value) === JSON.stringify(setting.default);
  // A form draws objects; a plain value stands as the only field of one.
  const isPlain = !isObject(setting.schema) || setting.schema.type !== "object";
  const title = titleOf(setting.key);
  const schema: Json = isPlain
    ? {
        type: "object",
        properties: { value: { ...(isObject(setting.schema) ? setting.schema : {}), title } },
        ...(isObject(setting.schema) && setting.schema.$defs ? { $defs: setting.schema.$defs } : {}),
      }
    : setting.schema;
  const submit = () =>
    save.mutate(
      { key: setting.key, value },
      {
        onSuccess: () => toast.success(`Saved ${title}`),
        onError: (failure) => toast.error(`${title} could not be saved: ${failure.message}`),
      },
    );
  return (
    <form
      aria-label={title}
      className="flex flex-col gap-2 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {!isPlain && <h3 className="font-medium text-[13px]">{title}</h3>}
      <Suspense fallback={<div className="h-8" />}>
        <SchemaForm
          name={`setting-${setting.key}`}
          schema={schema}
          value={isPlain ? { value } : value}
          onChange={(next) => setValue(isPlain && isObject(next) ? (next.value ?? null) : next)}
        />
      </Suspense>
      <p className="text-ink-faint text-xs">
        <Help text={setting.description} />
      </p>
      {(changed || !atDefault) && (
        <div className="mt-1 flex gap-2">
          {changed && (
            <Button type="submit" look="primary" disabled={save.isPending}>
              Save
            </Button>
          )}
          {!atDefault && <Button onClick={() => setValue(setting.default)}>Use default</Button>}
        </div>
      )}
    </form>
  );
}
