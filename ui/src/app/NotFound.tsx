/** An address that leads nowhere. */
import { Link } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { Empty } from "@/kit/Notes";

export function NotFound() {
  return (
    <main className="flex-1">
      <Empty
        icon={<Compass size={20} aria-hidden />}
        title="Nothing is here"
        text="The address may be mistyped, or what was here is gone."
      >
        <Link to="/" className="font-medium text-accent hover:underline">
          All workflows
        </Link>
      </Empty>
    </main>
  );
}
