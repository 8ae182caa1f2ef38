import type { AppSummary } from "../api";
import { Logo } from "./parts/icon";
import { IconButton } from "./parts/icon-button";
import { Link } from "./parts/link";
import { Name } from "./parts/name";
import { useStore } from "./state/store";
import { chooseTheme, theme, themes } from "./state/theme";

export function Header({ app, onHelp }: { app: AppSummary | undefined; onHelp: () => void }) {
  const chosen = useStore(theme);
  const next = themes[(themes.indexOf(chosen) + 1) % themes.length]!;
  return (
    <header class="top">
      <div class="top-inner">
        <nav class="crumbs" aria-label="Breadcrumb">
          <ol>
            <li>
              <Link to="/" class="home" current={!app}>
                <Logo />
                <span>Leash</span>
              </Link>
            </li>
            {app && (
              <li>
                <span class="slash" aria-hidden="true">
                  /
                </span>
                <span aria-current="page" class="here">
                  <Name text={app.name} />
                </span>
              </li>
            )}
          </ol>
        </nav>
        <IconButton icon={chosen} label={`Theme: ${chosen}. Change to ${next}`} onClick={() => chooseTheme(next)} />
        <button
          type="button"
          class="icon-button"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts"
          onClick={onHelp}
        >
          <span class="key" aria-hidden="true">
            ?
          </span>
        </button>
      </div>
    </header>
  );
}
