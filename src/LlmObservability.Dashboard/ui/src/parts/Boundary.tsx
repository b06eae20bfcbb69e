import { Component, type ComponentChildren } from 'preact';

/** Keeps what goes wrong in a part of a page in that part: it says so, and everything around it stays. */
export class Boundary extends Component<{ children: ComponentChildren; what?: string }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static override getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === null) {
      return this.props.children;
    }
    return (
      <div class="failure" role="alert" data-broken>
        <strong>{this.props.what ?? 'This part'} cannot be shown</strong>
        <span>The answer was not what the page understands. The rest of the page is not touched by it.</span>
        <code>{String(error).slice(0, 300)}</code>
        <button type="button" class="again" onClick={() => this.setState({ error: null })}>
          Try again
        </button>
      </div>
    );
  }
}
