import { cut, visible } from './text';

const upper = new Map([
  ['id', 'ID'],
  ['us', ''],
  ['http', 'HTTP'],
  ['url', 'URL'],
]);

/** A field's name for a heading: time_to_first_token_us becomes Time to first token, tag.team becomes team. */
export function fieldLabel(name: string): string {
  if (name.startsWith('tag.')) {
    return visible(cut(name.slice(4), 60));
  }
  const text = name
    .replace(/_nanos$/, '')
    .replace(/_us$/, '')
    .split('_')
    .map(word => upper.get(word) ?? word)
    .join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A word of the vocabulary for reading: unknown_model becomes unknown model. */
export function wordLabel(word: string): string {
  return word.replaceAll('_', ' ');
}
