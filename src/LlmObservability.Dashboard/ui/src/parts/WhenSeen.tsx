import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { isPending } from '../api/pending';

/**
 * What is asked for only when the reader comes near it, and stays from then on. What stands above it comes first: until that
 * is there nobody knows where this will be.
 */
export function WhenSeen({ children }: { children: ComponentChildren }) {
  const place = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (element === null) {
      return;
    }
    let isNear = false;
    const observer = new IntersectionObserver(
      entries => {
        isNear = entries.at(-1)?.isIntersecting ?? false;
      },
      { rootMargin: '50px' },
    );
    observer.observe(element);
    const timer = setInterval(() => {
      if (isNear && !isPending()) {
        setSeen(true);
        stop();
      }
    }, 100);
    const stop = () => {
      clearInterval(timer);
      observer.disconnect();
    };
    return stop;
  }, []);
  return seen ? children : <div ref={place} class="when-seen" />;
}
