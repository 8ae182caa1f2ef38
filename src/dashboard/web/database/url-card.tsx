import type { DatabaseFacts } from "../../api";
import { api, failureOf } from "../api-client";
import { Badge } from "../parts/badge";
import { CopyButton } from "../parts/copy-button";
import { IconButton } from "../parts/icon-button";
import { SecretText } from "../parts/secret-text";
import { useSecrets } from "../state/secret";
import { tell } from "../state/toast";

/** The connection URL: hidden, revealed for a while, or copied unseen. */
export function UrlCard({ app, database }: { app: string; database: DatabaseFacts }) {
  const secrets = useSecrets();
  const read = async () => (await api.databaseUrl(app)).value;
  const reveal = async () => {
    if (secrets.shown) return secrets.hide();
    try {
      secrets.show("url", await read());
    } catch (error) {
      tell(failureOf(error).message);
    }
  };
  return (
    <section class="card url-card" aria-labelledby="url">
      <div class="card-head">
        <h3 id="url">Connection URL</h3>
        <Badge title="The database's name and its role's">{database.id}</Badge>
        {database.pool && <Badge tone="accent">through the pool</Badge>}
      </div>
      <div class="url-line">
        <SecretText shown={database.url} revealed={secrets.shown?.value ?? null} />
        <div class="actions">
          <IconButton
            icon={secrets.shown ? "hide" : "show"}
            label={secrets.shown ? "Hide the URL" : "Reveal the URL"}
            onClick={reveal}
          />
          <CopyButton label="Copy the URL" read={read} />
        </div>
      </div>
      <p class="dim">It works from apps that run on this machine: it leads to a socket, not to the network.</p>
    </section>
  );
}
