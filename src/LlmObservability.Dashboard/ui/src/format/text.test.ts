import { describe, expect, it } from 'vitest';
import { cut, visible } from './text';

describe('text of others', () => {
  it('shows what steers', () => {
    expect(visible('a\u0000b\u001b[31m')).toBe('a␀b␛[31m');
    expect(visible('abc\u202edef')).toBe('abc⟨202E⟩def');
    expect(visible('a\u200bb')).toBe('a⟨200B⟩b');
    expect(visible('half \ud800 pair')).toBe('half ⟨D800⟩ pair');
  });

  it('leaves everything else alone', () => {
    for (const text of ['模型-大', '😀-model', '👩‍💻', '<script>alert(1)</script>', 'é e\u0301']) {
      expect(visible(text)).toBe(text);
    }
  });

  it('is cut between characters', () => {
    expect(cut('abcdef', 3)).toBe('abc…');
    expect(cut('a😀b', 2)).toBe('a…');
    expect(cut('short', 10)).toBe('short');
  });
});
