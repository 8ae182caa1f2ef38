import { describe, expect, it } from "vitest";
import { nearest, outline, scale } from "../../../src/dashboard/web/database/chart-lines";

const points = (...values: number[]) => values.map((value, index) => ({ at: index * 1000, value }));

describe("a chart's lines", () => {
  it("go from edge to edge, and keep everything in sight", () => {
    const line = points(0, 30, 10);
    const { x, y, top } = scale(line, 50, 600, 96);
    expect([x(0), x(1000), x(2000)]).toEqual([0, 300, 600]);
    for (const { value } of line) {
      expect(y(value)).toBeGreaterThanOrEqual(0);
      expect(y(value)).toBeLessThanOrEqual(96);
    }
    expect(top).toBeGreaterThan(30);
  });

  it("show the limit once the values come near it", () => {
    expect(scale(points(1, 2), 50, 600, 96).top).toBeLessThan(50);
    expect(scale(points(1, 40), 50, 600, 96).top).toBeGreaterThan(50);
    expect(scale(points(1, 70), 50, 600, 96).top).toBeGreaterThan(70);
  });

  it("break off where nothing was measured, and a point alone stays a dot", () => {
    const line = [...points(1, 2), { at: 10_000, value: 3 }];
    const { line: path, area } = outline(line, 1500, scale(line, 10, 600, 96));
    expect(path.match(/M/g)).toHaveLength(2);
    expect(path).toMatch(/h0$/);
    expect(area.match(/M/g)).toHaveLength(1);
  });

  it("hold no number that is none, whatever was measured", () => {
    for (const values of [[0], [0, 0], [5, 5], [0, 1e12]]) {
      const line = points(...values);
      const { line: path, area } = outline(line, 1500, scale(line, 10, 600, 96));
      expect(path + area).not.toMatch(/NaN|Infinity/);
    }
  });

  it("find the point next to where one looks", () => {
    expect(nearest(points(1, 2, 3), 1400).value).toBe(2);
    expect(nearest(points(1, 2, 3), 99_999).value).toBe(3);
  });
});
