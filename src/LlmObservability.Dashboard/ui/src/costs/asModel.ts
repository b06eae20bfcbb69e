import type { PricedModel } from '../api/types';

/** A model as it is typed and suggested: provider/model, or the model alone. */
export function modelText({ provider, model }: PricedModel): string {
  return provider === undefined ? model : `${provider}/${model}`;
}

/**
 * The model that a text means: a suggested one, whatever its name holds; else what stands before the first slash is the
 * provider.
 */
export function parseModel(text: string, suggested: readonly PricedModel[]): PricedModel | null {
  const name = text.trim();
  const known = suggested.find(model => modelText(model) === name);
  if (known !== undefined || name === '') {
    return known ?? null;
  }
  const slash = name.indexOf('/');
  return slash > 0 && slash < name.length - 1
    ? { provider: name.slice(0, slash), model: name.slice(slash + 1) }
    : { model: name };
}
