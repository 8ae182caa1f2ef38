/** Stands where an answer is awaited; it shows only if that takes a while. */
export function Loading() {
  return (
    <div class="loading" role="status">
      <span class="sr-only">Loading</span>
      <div class="bone" />
      <div class="bone" />
      <div class="bone" />
    </div>
  );
}
