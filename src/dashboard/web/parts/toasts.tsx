import { useStore } from "../state/store";
import { toast } from "../state/toast";

export function Toasts() {
  const { words, number } = useStore(toast);
  return (
    <div class="toasts" role="status">
      {words && (
        <div class="toast" key={number}>
          {words}
        </div>
      )}
    </div>
  );
}
