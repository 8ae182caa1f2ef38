import { useState } from "preact/hooks";
import { api } from "../api-client";
import { ConfirmDialog } from "../parts/confirm-dialog";
import { Icon } from "../parts/icon";
import type { JobControl } from "../state/job";

export function PasswordCard({ app, work }: { app: string; work: JobControl }) {
  const [asking, setAsking] = useState(false);
  return (
    <section class="card" aria-labelledby="password">
      <div class="card-head">
        <h3 id="password">Password</h3>
      </div>
      <div class="card-foot">
        <p class="dim">A new one takes the old one's place in the URL. Restart the app afterwards.</p>
        <button type="button" class="button" disabled={work.running} onClick={() => setAsking(true)}>
          <Icon name="rotate" />
          Rotate the password
        </button>
      </div>
      {asking && (
        <ConfirmDialog
          title="Rotate the password?"
          action="Rotate"
          onConfirm={() => work.start(() => api.rotate(app))}
          onClose={() => setAsking(false)}
        >
          <p>
            The present password stops working for new connections. Those that are open go on; restart the app, so that
            it connects with the new one.
          </p>
        </ConfirmDialog>
      )}
    </section>
  );
}
