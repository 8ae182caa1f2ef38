import { useEffect, useRef, useState } from "preact/hooks";
import { api, connection, failureOf, logOut } from "./api-client";
import { AppPage } from "./app-page";
import { isolated } from "./format";
import { Header } from "./header";
import { Overview } from "./overview/overview";
import { Empty } from "./parts/empty";
import { Link } from "./parts/link";
import { Loading } from "./parts/loading";
import { Problem } from "./parts/notice";
import { Toasts } from "./parts/toasts";
import { tabs } from "./routes";
import { SessionEnded } from "./session-ended";
import { ShortcutsDialog } from "./shortcuts-dialog";
import { navigate, useRoute } from "./state/location";
import { usePolled } from "./state/poll";
import { focusFilter, useShortcuts } from "./state/shortcuts";
import { useStore } from "./state/store";

const everyMs = 3_000;

export function Dashboard() {
  const state = useStore(connection);
  return state === "ended" ? <SessionEnded /> : <Pages gone={state === "gone"} />;
}

function Pages({ gone }: { gone: boolean }) {
  const { data: overview, error } = usePolled(api.overview, everyMs, "overview");
  const route = useRoute();
  const [help, setHelp] = useState(false);
  useShortcuts({ "?": () => setHelp(true), "/": focusFilter, "g h": () => navigate("/") });
  const app = route.page === "app" ? overview?.apps.find(({ id }) => id === route.app) : undefined;
  const place = route.page === "app" ? `app ${route.app}` : route.page;
  usePlace(place);
  const tab = route.page === "app" ? tabs.find(({ name }) => name === route.tab)?.title : undefined;
  const title = app && tab ? `${tab} · ${isolated(app.name)}` : "Apps";
  useEffect(() => {
    document.title = `${title} · Leash Databases`;
  }, [title]);

  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Header app={app} onHelp={() => setHelp(true)} />
      <div role="alert">
        {gone && (
          <p class="gone">
            The dashboard has stopped. Run <code>leash dashboard</code> to start it again; this page waits for it.
          </p>
        )}
      </div>
      <main id="main" tabIndex={-1}>
        {!overview ? (
          error === undefined || gone ? (
            <Loading />
          ) : (
            <Problem error={failureOf(error)} />
          )
        ) : route.page === "overview" ? (
          <Overview overview={overview} />
        ) : app && route.page === "app" ? (
          <AppPage key={app.id} app={app} overview={overview} tab={route.tab} />
        ) : (
          <Empty icon="search" title="There is nothing here" page>
            <p>
              The app may have been removed. <Link to="/">See all apps</Link>
            </p>
          </Empty>
        )}
      </main>
      <footer class="bottom">
        <span>{overview && `Leash Databases ${overview.version}`}</span>
        <button type="button" class="text-button" onClick={logOut}>
          Log out
        </button>
      </footer>
      <Toasts />
      {help && <ShortcutsDialog onClose={() => setHelp(false)} />}
    </>
  );
}

/** Another page begins at its top, with its title read out; the first one as the browser has it. */
function usePlace(place: string): void {
  const former = useRef(place);
  useEffect(() => {
    if (former.current === place) return;
    former.current = place;
    scrollTo(0, 0);
    document.getElementById("title")?.focus({ preventScroll: true });
  }, [place]);
}
