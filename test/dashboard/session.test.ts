import { describe, expect, it } from "vitest";
import { type Credentials, Sessions } from "../../src/dashboard/session";

const minute = 60_000;

describe("who may use the dashboard", () => {
  let now = 0;
  const create = () => {
    now = 0;
    return new Sessions(() => now);
  };

  it("is let in by a link once, for as long as it is fresh", () => {
    const sessions = create();
    const [used, old] = [sessions.createLink(), sessions.createLink()];
    const session = sessions.login(used) as Credentials;
    expect(sessions.check(session)).toBe("ok");
    expect(sessions.login(used)).toBe("refused");
    now = 11 * minute;
    expect(sessions.login(old)).toBe("refused");
    expect(sessions.check(session)).toBe("ok");
  });

  it("needs both the cookie and the page's token", () => {
    const sessions = create();
    const session = sessions.login(sessions.createLink()) as Credentials;
    const other = sessions.login(sessions.createLink()) as Credentials;
    expect(sessions.check({ cookie: session.cookie })).toBe("foreign");
    expect(sessions.check({ cookie: session.cookie, token: other.token })).toBe("foreign");
    expect(sessions.check({ token: session.token })).toBe("none");
    expect(sessions.check({ cookie: session.token, token: session.token })).toBe("none");
  });

  it("is forgotten after twelve hours, and by logging out", () => {
    const sessions = create();
    const [one, two] = [0, 1].map(() => sessions.login(sessions.createLink()) as Credentials);
    sessions.end(one!.cookie);
    expect(sessions.check(one!)).toBe("none");
    expect(sessions.check(two!)).toBe("ok");
    now = 12 * 60 * minute + 1;
    expect(sessions.check(two!)).toBe("none");
  });

  it("has to wait where somebody guesses, with the right link too, and is let in after", () => {
    const sessions = create();
    const link = sessions.createLink();
    for (let i = 0; i < 10; i++) expect(sessions.login(`guess ${i}`)).toBe("refused");
    expect(sessions.login(link)).toBe("too-many");
    now = minute + 1;
    expect(sessions.login(link)).toMatchObject({ cookie: expect.any(String) });
  });
});
