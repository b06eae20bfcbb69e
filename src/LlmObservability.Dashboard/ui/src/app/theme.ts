import { useEffect, useState } from 'preact/hooks';
import { remember, remembered } from '../parts/storage';

export type Theme = 'auto' | 'light' | 'dark';

const key = 'theme';
const order: readonly Theme[] = ['auto', 'light', 'dark'];

/** The theme that the reader chose, and how to go to the next one. */
export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(() => order.find(known => known === remembered(key)) ?? 'auto');
  useEffect(() => {
    if (theme === 'auto') {
      delete document.documentElement.dataset.theme;
    } else {
      document.documentElement.dataset.theme = theme;
    }
    remember(key, theme);
    dispatchEvent(new Event('themechange'));
  }, [theme]);
  return [theme, () => setTheme(last => order[(order.indexOf(last) + 1) % order.length] ?? 'auto')];
}
