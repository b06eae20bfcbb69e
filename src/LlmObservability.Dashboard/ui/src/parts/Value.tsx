import { cut, visible } from '../format/text';

/** Text from models, tags and providers: isolated in its direction, its steering characters made visible, cut to a length. */
export function Value({ text, most = 80 }: { text: string | null | undefined; most?: number }) {
  if (text == null) {
    return <span class="none">none</span>;
  }
  if (text === '') {
    return <span class="none">empty</span>;
  }
  const shown = visible(cut(text, most));
  return (
    <bdi dir="auto" class="value" title={text.length > most ? visible(cut(text, 1_000)) : undefined}>
      {shown}
    </bdi>
  );
}
