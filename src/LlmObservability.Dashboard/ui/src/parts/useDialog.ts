import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/**
 * A native dialog that stands before everything else: the browser keeps the focus in it, closes it with Escape, and gives the
 * focus back to where it was.
 */
export function useDialog(close: () => void): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    const element = dialog.current;
    if (element === null) {
      return;
    }
    element.showModal();
    const closed = () => latest.current();
    // A click beside it closes it too: there the dialog itself, and not what stands in it, is hit.
    const beside = (event: MouseEvent) => {
      if (event.target === element) {
        element.close();
      }
    };
    element.addEventListener('close', closed);
    element.addEventListener('click', beside);
    return () => {
      element.removeEventListener('close', closed);
      element.removeEventListener('click', beside);
      element.close();
    };
  }, []);
  return dialog;
}
