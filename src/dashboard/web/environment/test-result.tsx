import type { ConnectionTest, Failure } from "../../api";
import { Icon } from "../parts/icon";
import { Words } from "../parts/words";

export type Tested =
  | { state: "asking" }
  | { state: "works"; test: ConnectionTest }
  | { state: "fails"; error: Failure["error"] };

/** What a try to connect has shown. */
export function TestResult({ tested }: { tested: Tested | null }) {
  return (
    <div role="status">
      {tested?.state === "asking" && <p class="test-result dim">Connecting …</p>}
      {tested?.state === "works" && (
        <p class="test-result ok">
          <Icon name="done" />
          <span>
            It works: <Words text={tested.test.says} />, {tested.test.tls ? "encrypted with TLS" : "without TLS"}
          </span>
        </p>
      )}
      {tested?.state === "fails" && (
        <p class="test-result error">
          <Icon name="error" />
          <span>
            <Words text={tested.error.message} /> {tested.error.hint && <Words text={tested.error.hint} />}
          </span>
        </p>
      )}
    </div>
  );
}
