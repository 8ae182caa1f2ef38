import { describe, expect, it } from "vitest";
import {
  absoluteTime,
  bytes,
  bytesOf,
  count,
  duration,
  isolated,
  lasting,
  percent,
  relativeTime,
  schedule,
  share,
} from "../../../src/dashboard/web/format";

const MB = 1024 ** 2;
const GB = 1024 ** 3;

describe("sizes", () => {
  it.each([
    [0, "0 MB"],
    [-5, "0 MB"],
    [1, "1 kB"],
    [1024, "1 kB"],
    [1025, "2 kB"],
    [512 * 1024, "512 kB"],
    [MB - 1, "1 MB"],
    [MB, "1 MB"],
    [4.24 * MB, "4.2 MB"],
    [37.4 * MB, "37 MB"],
    [500 * MB, "500 MB"],
    [GB - 1, "1 GB"],
    [2 * GB, "2 GB"],
    [3.25 * GB, "3.3 GB"],
    [10 * GB, "10 GB"],
  ])("%d bytes read %s", (size, says) => expect(bytes(size)).toBe(says));

  it.each([
    [37.4 * MB, 50 * MB, "37 of 50 MB"],
    [0, 50 * MB, "0 of 50 MB"],
    [820 * MB, 2 * GB, "820 MB of 2 GB"],
    [3.2 * GB, 10 * GB, "3.2 of 10 GB"],
    [200 * 1024, 50 * MB, "200 kB of 50 MB"],
    [55 * MB, 50 * MB, "55 of 50 MB"],
  ])("%d of %d name a unit once where they share it", (part, whole, says) => expect(bytesOf(part, whole)).toBe(says));

  it("fill a bar from empty to full and no further", () => {
    expect([share(0, 10), share(5, 10), share(12, 10), share(-1, 10), share(3, 0)]).toEqual([0, 0.5, 1, 0, 0]);
  });

  it("say a percentage that never claims more than is used", () => {
    expect([percent(0, 50), percent(0.1, 50), percent(49.9, 50), percent(55, 50)]).toEqual([
      ...["0 %", "under 1 %", "99 %", "110 %"],
    ]);
  });
});

describe("times", () => {
  const now = new Date("2026-10-03T12:00:00Z");
  const before = (seconds: number) => relativeTime(new Date(now.getTime() - seconds * 1000), now);

  it.each([
    [0, "just now"],
    [-5, "just now"],
    [45, "45 seconds ago"],
    [60, "1 minute ago"],
    [59.6 * 60, "1 hour ago"],
    [3 * 3600, "3 hours ago"],
    [24 * 3600, "yesterday"],
    [6 * 86_400, "6 days ago"],
    [14 * 86_400, "2 weeks ago"],
    [70 * 86_400, "2 months ago"],
    [800 * 86_400, "2 years ago"],
    [-7200, "in 2 hours"],
  ])("%d seconds back read %s", (seconds, says) => expect(before(seconds)).toBe(says));

  it("that are none are said to be unknown", () => {
    expect(relativeTime(new Date("never"), now)).toBe("at an unknown time");
    expect(absoluteTime(new Date("never"))).toBe("unknown");
  });

  it("last as long as they are said to", () => {
    expect([0.4, 59, 60, 3599, 3600, 90_000, 180_000].map(lasting)).toEqual([
      ...["0 s", "59 s", "1 min", "59 min", "1 h", "25 h", "2 days"],
    ]);
    expect([30_000, 500, 120_000, 90_000].map(duration)).toEqual(["30 s", "0.5 s", "2 min", "90 s"]);
  });
});

describe("words", () => {
  it("tell a daily schedule, and leave another as it is", () => {
    expect(schedule("20 3 * * *, UTC")).toBe("Every day at 03:20, UTC");
    expect(schedule("0 */6 * * *, UTC")).toBe("0 */6 * * *, UTC");
    expect(schedule("20 3 * * 1, Europe/Berlin")).toBe("20 3 * * 1, Europe/Berlin");
  });

  it("count one and many", () => {
    expect([count(1, "app"), count(0, "app"), count(2, "needs", "need")]).toEqual(["1 app", "0 apps", "2 need"]);
  });

  it("isolate the direction of a name", () => {
    expect(isolated("\u202Egnp.exe")).toBe("\u2068\u202Egnp.exe\u2069");
  });
});
