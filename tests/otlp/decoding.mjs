// OTLP requests, read by OpenTelemetry's own JavaScript types: from protobuf and from JSON, to plain objects with ids in hex.
import { createRequire } from 'node:module';

const { opentelemetry } = createRequire(import.meta.url)('@opentelemetry/otlp-transformer/build/src/generated/root.js');
const { trace, metrics, logs } = opentelemetry.proto.collector;

export const signals = {
  traces: trace.v1.ExportTraceServiceRequest,
  metrics: metrics.v1.ExportMetricsServiceRequest,
  logs: logs.v1.ExportLogsServiceRequest,
};

const idDigits = { traceId: 32, spanId: 16, parentSpanId: 16 };

// Fields of 64 bits: decimal strings in JSON, though numbers are to be accepted.
const longs = new Set(['intValue', 'asInt', 'count', 'zeroCount', 'bucketCounts']);
const isLong = (key) => longs.has(key) || key.endsWith('UnixNano');

const mapped = (value, key, change) =>
  Array.isArray(value) ? value.map((item) => mapped(item, key, change))
  : value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapped(item, name, change)]))
  : change(key, value);

const plain = (type, message) => mapped(
  type.toObject(message, { longs: String, bytes: String }), '',
  (key, value) => key in idDigits ? Buffer.from(value, 'base64').toString('hex') : value);

export function decodeProtobuf(signal, bytes) {
  return plain(signals[signal], signals[signal].decode(bytes));
}

// What is read leniently there is compared with what was written: a key that the schema does not have, or a value of another
// type, comes back missing or different.
export function decodeJson(signal, text) {
  const type = signals[signal];
  const written = JSON.parse(text);
  const message = type.fromObject(mapped(written, '', (key, value) => {
    if (!(key in idDigits)) return value;
    if (typeof value !== 'string' || (value !== '' && !new RegExp(`^[0-9a-f]{${idDigits[key]}}$`).test(value))) {
      throw new TypeError(`${key} is no id in hex: ${JSON.stringify(value)}`);
    }

    return Buffer.from(value, 'hex').toString('base64');
  }));
  const problem = type.verify(message);
  if (problem) throw new TypeError(problem);
  const read = plain(type, message);
  compare(written, read, '', '');
  return read;
}

function compare(written, read, key, path) {
  if (Array.isArray(written)) {
    if (!Array.isArray(read) || read.length !== written.length) throw new TypeError(`${path}: ${JSON.stringify(written)} was not read`);
    written.forEach((item, index) => compare(item, read[index], key, `${path}[${index}]`));
  } else if (written !== null && typeof written === 'object') {
    if (read === null || typeof read !== 'object') throw new TypeError(`${path}: the schema has no such object`);
    for (const [name, item] of Object.entries(written)) {
      if (!(name in read)) throw new TypeError(`${path}.${name}: the schema has no such field`);
      compare(item, read[name], name, `${path}.${name}`);
    }
  } else if (written !== read && !(isLong(key) && ['number', 'string'].includes(typeof written) && String(written) === read)) {
    throw new TypeError(`${path}: ${JSON.stringify(written)} was read as ${JSON.stringify(read)}`);
  }
}
