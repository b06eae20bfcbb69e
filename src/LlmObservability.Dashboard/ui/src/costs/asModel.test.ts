import { expect, test } from 'vitest';
import { modelText, parseModel } from './asModel';

test('A suggested model is what it is, also with slashes in its name', () => {
  const suggested = [{ model: 'own/house-model' }, { provider: 'openrouter', model: 'meta/llama' }];
  for (const model of suggested) {
    expect(parseModel(modelText(model), suggested)).toEqual(model);
  }
});

test('Another one is a provider and a model, or a model alone', () => {
  expect(parseModel(' openai/gpt-4o ', [])).toEqual({ provider: 'openai', model: 'gpt-4o' });
  expect(parseModel('openrouter/meta/llama', [])).toEqual({ provider: 'openrouter', model: 'meta/llama' });
  expect(parseModel('gpt-4o', [])).toEqual({ model: 'gpt-4o' });
  expect(parseModel('gpt-4o/', [])).toEqual({ model: 'gpt-4o/' });
  expect(parseModel('  ', [])).toBeNull();
});
