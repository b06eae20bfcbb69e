// Text of models and tags is anybody's: controls, marks of direction and invisible characters are shown as what they are, so
// that a value cannot look like another one, nor turn around what stands beside it.
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const joiner = '\u200d';

/** The text with every steering character made visible; joiners inside emoji stay. */
export function visible(text: string): string {
  if (!hidden.test(text)) {
    return text;
  }
  let result = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === joiner || !hidden.test(character)) {
      result += character;
    } else if (code < 0x20) {
      result += String.fromCharCode(0x2400 + code);
    } else {
      result += code === 0x7f ? '\u2421' : `\u27e8${code.toString(16).toUpperCase().padStart(4, '0')}\u27e9`;
    }
  }
  return result;
}

/** At most so many characters, an ellipsis in place of the rest; never half of a pair. */
export function cut(text: string, most: number): string {
  if (text.length <= most) {
    return text;
  }
  const last = text.charCodeAt(most - 1);
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most)}…`;
}
