import { useDialog } from '../parts/useDialog';
import { shortcuts } from './shortcuts';

/** What single keys do, and how to switch them off for those whose tools type for them. */
export function HelpDialog({ isOn, set, close }: { isOn: boolean; set: (on: boolean) => void; close: () => void }) {
  const dialog = useDialog(close);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="help-title">
      <div class="dialog-body">
        <h2 id="help-title">Keys</h2>
        <dl class="keys">
          {shortcuts.map(([keys, what]) => (
            <div key={keys}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <label>
          <input type="checkbox" checked={isOn} onChange={event => set(event.currentTarget.checked)} /> Single keys do this
        </label>
        <button type="button" class="quiet close" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  );
}
