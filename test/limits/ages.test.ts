import { describe, expect, it } from "vitest";
import { Ages } from "../../src/limits/ages";

/** One thing that goes on, at monotonic times, with what the server says of its age. */
function follow(looks: [now: number, told: number][]): number[] {
  const ages = new Ages();
  return looks.map(([now, told]) => {
    ages.begin(now);
    const age = ages.of("1 message", told);
    ages.end();
    return age;
  });
}

describe("an age", () => {
  it("is the server's word for what was going on before the first look", () => {
    expect(follow([[1_000, 25_000]])).toEqual([25_000]);
  });

  it("goes by the monotonic clock from then on, however the wall clock jumps", () => {
    expect(
      follow([
        [0, 2_000],
        [1_000, 3_603_000],
        [2_000, -7_000_000],
        [29_000, 0],
      ]),
    ).toEqual([2_000, 3_000, 4_000, 31_000]);
  });

  it("is never longer than the time since the last look for what was not there then", () => {
    const ages = new Ages();
    ages.begin(0);
    ages.end();
    ages.begin(1_000);
    // The clock has leapt an hour ahead.
    expect(ages.of("new", 3_600_000)).toBe(1_000);
    // And back.
    expect(ages.of("other", -3_600_000)).toBe(0);
    ages.end();
    ages.begin(5_000);
    expect(ages.of("new", 0)).toBe(5_000);
    expect(ages.of("other", 0)).toBe(4_000);
  });

  it("begins anew for what ended in between", () => {
    const ages = new Ages();
    ages.begin(0);
    ages.of("a", 0);
    ages.end();
    ages.begin(1_000);
    ages.end();
    ages.begin(2_000);
    expect(ages.of("a", 500)).toBe(500);
  });
});
