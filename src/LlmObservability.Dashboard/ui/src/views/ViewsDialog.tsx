import { useState } from 'preact/hooks';
import { remember, remembered } from '../parts/storage';
import { useDialog } from '../parts/useDialog';
import { Value } from '../parts/Value';
import { longestName, parseViews, renamed, type SavedView, withoutView, withView } from './savedViews';

const key = 'views';
// Where the browser keeps nothing, views last as long as the page.
let sinceOpened: readonly SavedView[] | null = null;

/** Saves what is looked at under a name, and opens, renames and deletes what was saved. */
export function ViewsDialog({ close }: { close: () => void }) {
  const dialog = useDialog(close);
  const [views, setViews] = useState<readonly SavedView[]>(() => sinceOpened ?? parseViews(remembered(key)));
  const [isKept, setIsKept] = useState(sinceOpened === null);
  const [name, setName] = useState('');
  const [edited, setEdited] = useState<string | null>(null);
  const change = (next: readonly SavedView[]) => {
    const kept = remember(key, JSON.stringify(next));
    sinceOpened = kept ? null : next;
    setIsKept(kept);
    setViews(next);
  };
  const isTaken = views.some(view => view.name === name.trim());
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="views-title">
      <div class="dialog-body">
        <h2 id="views-title">Saved views</h2>
        <form
          class="row"
          onSubmit={event => {
            event.preventDefault();
            change(withView(views, { name, hash: location.hash === '' ? '#/overview' : location.hash }));
            setName('');
          }}
        >
          <input
            aria-label="Name of this view"
            placeholder="A name for what you look at now"
            value={name}
            maxLength={longestName}
            onInput={event => setName(event.currentTarget.value)}
          />
          <button type="submit" disabled={name.trim() === ''}>
            {isTaken ? 'Replace' : 'Save'}
          </button>
        </form>
        {views.length === 0 ? (
          <p class="under">
            None yet. A view is the whole address: screen, time, filters and order. It is kept in this browser alone.
          </p>
        ) : (
          <ul class="views">
            {views.map(view => (
              <li key={view.name} data-view={view.name}>
                {edited === view.name ? (
                  <RenameForm
                    name={view.name}
                    done={to => {
                      if (to !== null) {
                        change(renamed(views, view.name, to));
                      }
                      setEdited(null);
                    }}
                  />
                ) : (
                  <>
                    <a href={view.hash} onClick={close}>
                      <Value text={view.name} most={longestName} />
                    </a>
                    <button type="button" class="quiet" onClick={() => setEdited(view.name)}>
                      Rename
                    </button>
                    <button type="button" class="quiet" onClick={() => change(withoutView(views, view.name))}>
                      Delete
                    </button>
                  </>
                )}
              </li>
            ))}
          </ul>
        )}
        {isKept ? null : (
          <p class="note" role="status">
            This browser keeps nothing for this page: views last until it is closed.
          </p>
        )}
        <button type="button" class="quiet close" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  );
}

function RenameForm({ name, done }: { name: string; done: (to: string | null) => void }) {
  const [to, setTo] = useState(name);
  return (
    <form
      class="row"
      onSubmit={event => {
        event.preventDefault();
        done(to);
      }}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          // Leaves the name alone, and not the dialog.
          event.preventDefault();
          event.stopPropagation();
          done(null);
        }
      }}
    >
      <input
        aria-label="New name"
        value={to}
        maxLength={longestName}
        ref={element => element?.focus()}
        onInput={event => setTo(event.currentTarget.value)}
      />
      <button type="submit">Rename</button>
    </form>
  );
}
