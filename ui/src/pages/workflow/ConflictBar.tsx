/** Somebody else saved this workflow meanwhile: whose version counts? */
import { GitBranch } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { asFailure } from "@/api/failure";
import { Button } from "@/kit/Button";
import type { OpenDocument } from "./useDocument";

export function ConflictBar({ document }: { document: OpenDocument }) {
  const [busy, setBusy] = useState(false);
  const decide = async (decision: () => Promise<void>) => {
    setBusy(true);
    try {
      await decision();
    } catch (thrown) {
      toast.error(`That did not work: ${asFailure(thrown).message}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div role="alert" className="flex flex-wrap items-center gap-2 border-b bg-warn-soft px-4 py-2 text-[13px]">
      <GitBranch size={15} aria-hidden className="text-warn" />
      <p className="mr-auto">
        This workflow was changed elsewhere while you were editing. Nothing of yours is lost yet.
      </p>
      <Button small disabled={busy} onClick={() => void decide(document.loadTheirs)}>
        Load theirs
      </Button>
      <Button small look="primary" disabled={busy} onClick={() => void decide(document.keepMine)}>
        Keep mine
      </Button>
    </div>
  );
}
