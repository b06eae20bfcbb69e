export type FieldType = 'text' | 'integer' | 'number' | 'boolean' | 'id';

// Every field of the read contract but the time, which the range stands for.
const byType: Record<FieldType, string> = {
  text:
    'model provider tenant user route feature config variant environment service service_version session conversation episode ' +
    'outcome error_type finish_reason usage_source cost_reason price_entry operation output_type request_model response_model ' +
    'response_id provider_request_id trace_id server_address service_tier geo speed',
  integer:
    'cost_nanos duration_us time_to_first_token_us provider_time_us queue_wait_us longest_stall_us input_tokens output_tokens ' +
    'cache_read_tokens reasoning_tokens http_status attempt_count tool_call_count chunk_count web_search_count http_send_count ' +
    'input_count dimensions',
  number: 'output_tokens_per_second similarity',
  boolean: 'streaming cached schema_validated',
  id: 'id',
};

const types = new Map<string, FieldType>();
for (const [type, names] of Object.entries(byType)) {
  for (const name of names.split(' ')) {
    types.set(name, type as FieldType);
  }
}

/** Every field that can be filtered by, but own tags. */
export const fields: readonly string[] = [...types.keys()];

/** A field's type; own tags are text. Undefined for what is no field. */
export function typeOf(name: string): FieldType | undefined {
  return name.startsWith('tag.') && name.length > 4 ? 'text' : types.get(name);
}

/** Whether the API groups by a field and tells its values. */
export function isGroupable(name: string): boolean {
  const type = typeOf(name);
  return type === 'text' || type === 'boolean';
}

/** Fields that are worth a breakdown, in the order in which they are offered. */
export const breakdowns = [
  'model',
  'provider',
  'route',
  'feature',
  'config',
  'variant',
  'tenant',
  'user',
  'environment',
  'service',
] as const;
