import { useEffect, useState } from "preact/hooks";
import type { Variable } from "../../api";
import { api, failureOf } from "../api-client";
import { Badge } from "../parts/badge";
import { CheckWords } from "../parts/check-words";
import { CopyButton } from "../parts/copy-button";
import { IconButton } from "../parts/icon-button";
import { Name } from "../parts/name";
import { SecretText } from "../parts/secret-text";
import { ServiceBadge } from "../parts/service-badge";
import type { Secrets } from "../state/secret";
import { tell } from "../state/toast";
import { type Tested, TestResult } from "./test-result";

interface VariableRowProps {
  app: string;
  variable: Variable;
  secrets: Secrets;
  onEdit: () => void;
  onRemove: () => void;
}

export function VariableRow({ app, variable, secrets, onEdit, onRemove }: VariableRowProps) {
  const { name, shown, origin, check } = variable;
  const [tested, setTested] = useState<Tested | null>(null);
  // What was tested is no longer what is stored.
  useEffect(() => setTested(null), [shown]);
  const revealed = secrets.shown?.name === name ? secrets.shown.value : null;
  const read = async () => (await api.reveal(app, name)).value;
  const reveal = async () => {
    if (revealed !== null) return secrets.hide();
    try {
      secrets.show(name, await read());
    } catch (error) {
      tell(failureOf(error).message);
    }
  };
  const test = async () => {
    setTested({ state: "asking" });
    try {
      setTested({ state: "works", test: await api.test(app, name) });
    } catch (error) {
      setTested({ state: "fails", error: failureOf(error) });
    }
  };
  return (
    <li class="variable" data-variable={name}>
      <div class="variable-head">
        <h3>
          <Name text={name} />
        </h3>
        <Badge
          tone={origin === "injected" ? "accent" : "plain"}
          title={origin === "injected" ? "It comes with the app's Leash database." : "You have set it."}
        >
          {origin}
        </Badge>
        <ServiceBadge check={check} />
      </div>
      <SecretText shown={shown} revealed={revealed} />
      <div class="actions">
        {check.service && (
          <IconButton
            icon="plug"
            label={`Test the connection of ${name}`}
            onClick={test}
            disabled={tested?.state === "asking"}
          >
            Test
          </IconButton>
        )}
        <IconButton
          icon={revealed === null ? "show" : "hide"}
          label={`${revealed === null ? "Reveal" : "Hide"} ${name}`}
          onClick={reveal}
        />
        <CopyButton label={`Copy the value of ${name}`} read={read} />
        <IconButton icon="edit" label={`Edit ${name}`} onClick={onEdit} />
        {(origin === "set" || name === "DATABASE_URL") && (
          <IconButton icon="remove" label={`Delete ${name}`} onClick={onRemove} />
        )}
      </div>
      <div class="variable-words">
        <TestResult tested={tested} />
        <CheckWords check={check} />
      </div>
    </li>
  );
}
