import { typeOf } from './fields';

export type Operator = 'in' | 'not_in' | 'at_least' | 'below' | 'starts_with' | 'missing' | 'present';

/** One condition of a filter; all must hold. */
export interface Condition {
  readonly field: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

export function equal(field: string, value: string | null): Condition {
  return value === null ? missing(field) : { field, operator: 'in', values: [value] };
}

export function missing(field: string): Condition {
  return { field, operator: 'missing', values: [] };
}

export function present(field: string): Condition {
  return { field, operator: 'present', values: [] };
}

const prefixed: readonly Operator[] = ['not_in', 'at_least', 'below', 'starts_with'];

/** The operators that can be asked of a field. */
export function operatorsOf(field: string): Operator[] {
  const type = typeOf(field);
  const compared: Operator[] =
    type === 'integer' || type === 'number' ? ['at_least', 'below'] : type === 'text' ? ['starts_with'] : [];
  return ['in', 'not_in', ...compared, 'present', 'missing'];
}

/** How an operator reads between a field and its value. */
export const operatorWords: Record<Operator, string> = {
  in: 'is',
  not_in: 'is not',
  at_least: '≥',
  below: '<',
  starts_with: 'begins with',
  missing: 'is missing',
  present: 'is there',
};

/** The conditions of a query string, named as the API names them; what is no condition is passed over. */
export function readConditions(params: URLSearchParams): Condition[] {
  const conditions: Condition[] = [];
  const seen = new Set<string>();
  for (const name of params.keys()) {
    if (seen.has(name)) {
      continue;
    }
    seen.add(name);
    const values = params.getAll(name);
    if (name === 'missing' || name === 'present') {
      for (const field of values.filter(value => typeOf(value) !== undefined)) {
        conditions.push({ field, operator: name, values: [] });
      }
      continue;
    }
    const operator = prefixed.find(prefix => name.startsWith(`${prefix}.`));
    const field = operator === undefined ? name : name.slice(operator.length + 1);
    if (typeOf(field) === undefined) {
      continue;
    }
    if (operator === undefined || operator === 'not_in') {
      conditions.push({ field, operator: operator ?? 'in', values });
    } else {
      conditions.push(...values.map(value => ({ field, operator, values: [value] })));
    }
  }
  return conditions;
}

/** Writes conditions as the API reads them. */
export function writeConditions(params: URLSearchParams, conditions: readonly Condition[]): void {
  for (const { field, operator, values } of conditions) {
    if (operator === 'missing' || operator === 'present') {
      params.append(operator, field);
    } else {
      for (const value of values) {
        params.append(operator === 'in' ? field : `${operator}.${field}`, value);
      }
    }
  }
}

/** The conditions with one more; the same field asked for values twice becomes one condition with both. */
export function withCondition(conditions: readonly Condition[], added: Condition): Condition[] {
  const same = conditions.find(
    condition =>
      condition.field === added.field &&
      condition.operator === added.operator &&
      (added.operator === 'in' || added.operator === 'not_in'),
  );
  if (same === undefined) {
    return [...conditions, added];
  }
  const values = [...new Set([...same.values, ...added.values])];
  return conditions.map(condition => (condition === same ? { ...same, values } : condition));
}

/**
 * The calls of which these conditions and more hold. One field asked twice for values becomes what both let through: nothing,
 * where that is nothing.
 */
export function within(conditions: readonly Condition[], more: readonly Condition[]): Condition[] {
  return more.reduce<Condition[]>((all, added) => both(all, added), [...conditions]);
}

function both(conditions: Condition[], added: Condition): Condition[] {
  const text = JSON.stringify(added);
  if (conditions.some(condition => JSON.stringify(condition) === text)) {
    return conditions;
  }
  if (added.operator === 'not_in') {
    return withCondition(conditions, added);
  }
  const same = conditions.find(({ field, operator }) => field === added.field && operator === 'in');
  if (added.operator !== 'in' || same === undefined) {
    return [...conditions, added];
  }
  const values = same.values.filter(value => added.values.includes(value));
  return values.length === 0
    ? withCondition(conditions, { ...same, operator: 'not_in' })
    : conditions.map(condition => (condition === same ? { ...same, values } : condition));
}
