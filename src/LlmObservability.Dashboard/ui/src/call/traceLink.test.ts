import { expect, test } from 'vitest';
import { traceLink } from './traceLink';

const id = '0af7651916cd43dd8448eb211c80319c';

test('A trace id stands wherever the template has it', () => {
  expect(traceLink('https://traces.example/t/{trace_id}?q={trace_id}', id)).toBe(`https://traces.example/t/${id}?q=${id}`);
  expect(traceLink('http://localhost:3000/#/{trace_id}', id)).toBe(`http://localhost:3000/#/${id}`);
});

test('Without a template, or one that is no page, there is no link', () => {
  for (const template of [
    undefined,
    '',
    '/t/{trace_id}',
    'javascript:alert({trace_id})',
    'data:text/html,{trace_id}',
    'https://a.example/',
    'https://',
  ]) {
    expect(traceLink(template, id)).toBeNull();
  }
});

test('An id that would lead elsewhere is none', () => {
  for (const none of ['', '.', '..']) {
    expect(traceLink('https://a.example/t/{trace_id}/x', none)).toBeNull();
  }
});

test('A hostile id stays one part of the address', () => {
  expect(traceLink('https://a.example/t/{trace_id}/x', '../../?a=b#c"><script>$&')).toBe(
    'https://a.example/t/..%2F..%2F%3Fa%3Db%23c%22%3E%3Cscript%3E%24%26/x',
  );
});
