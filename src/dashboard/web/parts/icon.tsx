const circle = "M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8z";

const paths = {
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M5.5 5.5v-2a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-2M3.5 5.5h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1z",
  database:
    "M13 4c0 1.1-2.2 2-5 2S3 5.1 3 4s2.2-2 5-2 5 .9 5 2zM3 4v8c0 1.1 2.2 2 5 2s5-.9 5-2V4M3 8c0 1.1 2.2 2 5 2s5-.9 5-2",
  done: `${circle}M5.4 8.2l1.8 1.8 3.4-3.6`,
  download: "M8 2.5v7.5M4.8 7L8 10.2 11.2 7M2.5 13.5h11",
  drill: "M6 2h4M6.7 2v4L3 12.3A1.2 1.2 0 0 0 4 14h8a1.2 1.2 0 0 0 1-1.7L9.3 6V2M5 10h6",
  edit: "M10.8 2.7l2.5 2.5L5.5 13l-3 .5.5-3z",
  error: `${circle}M6 6l4 4M10 6l-4 4`,
  hide: "M2.5 2.5l11 11M6.5 3.7A6 6 0 0 1 8 3.5c4 0 6.5 4.5 6.5 4.5a12 12 0 0 1-1.9 2.4M4 5a12 12 0 0 0-2.5 3S4 12.5 8 12.5c1 0 1.9-.3 2.7-.7M6.6 6.7a2 2 0 0 0 2.7 2.7",
  info: `${circle}M8 7.3v3.7M8 5v.1`,
  paste: "M5.5 3h-2v10.5h9V3h-2M5.5 2h5v2.5h-5zM5.5 8h5M5.5 10.5h3",
  plug: "M6 1.8v3M10 1.8v3M4 4.8h8V8a4 4 0 0 1-8 0zM8 12v2.2",
  plus: "M8 3v10M3 8h10",
  remove: "M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.6 9h6.8l.6-9M6.7 7v4M9.3 7v4",
  restore: "M2.5 8a5.5 5.5 0 1 0 1.7-4M2.5 2v3h3M8 5v3.2l2.2 1.3",
  rotate: "M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 2v3h-3",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3l3.2 3.2",
  shield: "M8 1.8l5 1.9v4c0 3-2.1 5.4-5 6.5-2.9-1.1-5-3.5-5-6.5v-4zM5.8 7.9l1.6 1.6 2.9-3",
  show: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  auto: "M2 3h12v8H2zM6 13.5h4M8 11v2.5",
  dark: "M13.5 9.5a6 6 0 0 1-7-7 6 6 0 1 0 7 7z",
  light:
    "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9L13 13M13 3l-1.1 1.1M4.1 11.9L3 13",
  undo: "M5.5 2.5l-3 3 3 3M2.5 5.5H9a4 4 0 0 1 0 8H6",
  warn: "M8 2.2l6.3 11.3H1.7zM8 6.5v3M8 11.4v.1",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

/** A collar's ring, and a database. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
      <rect width="24" height="24" rx="6" />
      <path d="M7 8v7c0 1.7 2.2 3 5 3s5-1.3 5-3V8" />
      <ellipse cx="12" cy="8" rx="5" ry="2.6" />
    </svg>
  );
}
