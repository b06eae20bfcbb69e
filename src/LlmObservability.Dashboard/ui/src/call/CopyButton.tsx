import { useState } from 'preact/hooks';

/** Copies a text as it is. Browsers allow it on secure origins only; elsewhere there is no button. */
export function CopyButton({ text }: { text: string }) {
  const [done, setDone] = useState(false);
  return navigator.clipboard === undefined ? null : (
    <button
      type="button"
      class="quiet copy"
      onClick={() => {
        navigator.clipboard.writeText(text).then(
          () => setDone(true),
          () => setDone(false),
        );
      }}
    >
      {done ? 'Copied' : 'Copy'}
    </button>
  );
}
