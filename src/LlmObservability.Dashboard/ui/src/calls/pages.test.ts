import { describe, expect, it } from 'vitest';
import { pagesBefore, stepped, tabMemory } from './pages';

describe('pages of a table', () => {
  it('are known back to the first', () => {
    const way = stepped(stepped([], null, 'b'), 'b', 'c');
    expect(pagesBefore(way, null)).toEqual([]);
    expect(pagesBefore(way, 'b')).toEqual(['']);
    expect(pagesBefore(way, 'c')).toEqual(['', 'b']);
    expect(pagesBefore(way, 'elsewhere')).toBeNull();
    expect(stepped(way, 'b', 'd')).toEqual(['b', 'd']);
    expect(stepped(way, 'elsewhere', 'd')).toEqual([]);
  });

  it('are forgotten for another list', () => {
    const memory = tabMemory(() => {
      throw new Error('closed');
    });
    memory.remember('one', ['a']);
    expect(memory.cursorsOf('one')).toEqual(['a']);
    expect(memory.cursorsOf('other')).toEqual([]);
  });

  it('are not read from what is no memory', () => {
    for (const text of ['{', 'null', '[]', '{"list":1,"cursors":[]}', '{"list":"x","cursors":[1]}']) {
      const storage = { getItem: () => text, setItem: () => undefined } as unknown as Storage;
      expect(tabMemory(() => storage).cursorsOf('x')).toEqual([]);
    }
  });
});
