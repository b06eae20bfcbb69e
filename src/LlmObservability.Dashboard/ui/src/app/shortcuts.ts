import { useEffect, useState } from 'preact/hooks';
import { remember, remembered } from '../parts/storage';

const key = 'shortcuts';

/** What single keys do, for the help and for the page alike. */
export const shortcuts = [
  ['1 – 5', 'Overview, Calls, Costs, Performance, Data quality'],
  ['f', 'Add a filter'],
  ['r', 'Refresh'],
  ['s', 'Saved views'],
  ['t', 'Next theme'],
  ['n, p', 'Next and previous page of calls'],
  ['?', 'This help'],
] as const;

/** Runs what a key stands for (<c>run</c> says whether it stands for anything), unless the reader types, a dialog is open, or single keys are switched off. */
export function useShortcuts(run: (pressed: string) => boolean): [boolean, (on: boolean) => void] {
  const [isOn, setIsOn] = useState(() => remembered(key) !== 'off');
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const target = event.target as Element | null;
      const isTyping = target?.closest('input, select, textarea, dialog') != null;
      if (
        !isTyping &&
        !event.ctrlKey &&
        !event.metaKey &&
        !event.altKey &&
        !event.defaultPrevented &&
        (isOn || event.key === '?')
      ) {
        run(event.key);
      }
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [isOn, run]);
  return [
    isOn,
    on => {
      setIsOn(on);
      remember(key, on ? 'on' : 'off');
    },
  ];
}
