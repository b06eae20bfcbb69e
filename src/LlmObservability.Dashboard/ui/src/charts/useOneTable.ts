import { useEffect, useId, useState } from 'preact/hooks';

const opened = 'charttable';

/** Whether a chart is shown as a table, and how to change that: opening one closes the one that is open. */
export function useOneTable(): [isOpen: boolean, toggle: () => void] {
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    const close = (event: Event) => {
      if ((event as CustomEvent<string>).detail !== id) {
        setIsOpen(false);
      }
    };
    addEventListener(opened, close);
    return () => removeEventListener(opened, close);
  }, [id]);
  const toggle = () => {
    if (!isOpen) {
      dispatchEvent(new CustomEvent(opened, { detail: id }));
    }
    setIsOpen(!isOpen);
  };
  return [isOpen, toggle];
}
