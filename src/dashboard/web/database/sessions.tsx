import type { SessionFacts } from "../../api";
import { lasting } from "../format";
import { Name } from "../parts/name";

/** The connections that the app holds just now. */
export function Sessions({ sessions }: { sessions: SessionFacts[] }) {
  return (
    <section class="card" aria-labelledby="sessions">
      <div class="card-head">
        <h3 id="sessions">Connections just now</h3>
      </div>
      {sessions.length === 0 ? (
        <p class="dim">The app holds none.</p>
      ) : (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Application</th>
              <th scope="col">State</th>
              <th scope="col">For</th>
            </tr>
          </thead>
          <tbody>
            {sessions.map(({ application, state, seconds }, index) => (
              <tr key={index}>
                <td>{application ? <Name text={application} /> : <span class="dim">unnamed</span>}</td>
                <td>
                  <span class={`dot ${state === "active" ? "ok" : state.startsWith("idle in") ? "warn" : ""}`} />
                  {state}
                </td>
                <td>{lasting(seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
