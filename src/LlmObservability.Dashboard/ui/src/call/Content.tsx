/** Where prompts and answers would stand. */
export function Content() {
  return (
    <section class="card content">
      <h2>Content</h2>
      <p class="none">Not captured.</p>
      <p class="under">
        Prompts, answers, arguments and results of tools are never recorded by this version; only counts, times and tags are.
      </p>
    </section>
  );
}
