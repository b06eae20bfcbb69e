// Takes OTLP on 127.0.0.1 over HTTP (protobuf and JSON) and gRPC, and tells at GET /received what it was sent. Prints both
// ports on one line, as JSON. Ends when standard input does.
import http from 'node:http';
import http2 from 'node:http2';
import { gunzipSync } from 'node:zlib';
import { decodeJson, decodeProtobuf } from './decoding.mjs';

const received = [];
const errors = [];

const services = { Trace: 'traces', Metrics: 'metrics', Logs: 'logs' };

// A client that goes away is no matter: it sends again.
async function bytesOf(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

function keep(signal, transport, compressed, headers, decode) {
  try {
    received.push({ signal, transport, compressed, headers, body: decode() });
  } catch (error) {
    errors.push(`${transport} ${signal}: ${error.message}`);
    throw error;
  }
}

const overHttp = http.createServer(async (request, response) => {
  if (request.method === 'GET' && request.url === '/received') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ received, errors }));
    return;
  }

  const signal = /^\/v1\/(traces|metrics|logs)$/.exec(request.url)?.[1];
  const type = request.headers['content-type']?.split(';')[0].trim();
  const json = type === 'application/json';
  const sent = await bytesOf(request).catch(() => undefined);
  if (!sent) return;
  if (request.method !== 'POST' || !signal || !(json || type === 'application/x-protobuf')) {
    errors.push(`http: ${request.method} ${request.url} of ${type}`);
    response.writeHead(404).end();
    return;
  }

  try {
    const compressed = request.headers['content-encoding'] === 'gzip';
    keep(signal, json ? 'http/json' : 'http/protobuf', compressed, request.headers, () => {
      const bytes = compressed ? gunzipSync(sent) : sent;
      return json ? decodeJson(signal, bytes.toString('utf8')) : decodeProtobuf(signal, bytes);
    });
    response.writeHead(200, { 'content-type': type }).end(json ? '{}' : undefined);
  } catch {
    response.writeHead(400).end();
  }
});

const overGrpc = http2.createServer();
overGrpc.on('stream', async (stream, headers) => {
  stream.on('error', () => {});
  const service = /^\/opentelemetry\.proto\.collector\.(\w+)\.v1\.(Trace|Metrics|Logs)Service\/Export$/.exec(headers[':path'])?.[2];
  const sent = await bytesOf(stream).catch(() => undefined);
  if (!sent) return;
  let status = 0;
  try {
    if (!service || headers['content-type']?.startsWith('application/grpc') !== true) {
      throw new TypeError(`${headers[':path']} of ${headers['content-type']}`);
    }

    // One message: a flag, its length in four bytes, itself.
    const length = sent.readUInt32BE(1);
    if (sent.length !== 5 + length) throw new TypeError(`a frame of ${length} bytes in ${sent.length}`);
    const compressed = sent[0] === 1;
    if (compressed && headers['grpc-encoding'] !== 'gzip') throw new TypeError(`compressed by ${headers['grpc-encoding']}`);
    keep(services[service], 'grpc', compressed, headers, () =>
      decodeProtobuf(services[service], compressed ? gunzipSync(sent.subarray(5)) : sent.subarray(5)));
  } catch (error) {
    errors.push(`grpc: ${error.message}`);
    status = 3;
  }

  if (stream.destroyed) return;
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status) }));
  // An answer that says nothing but that all was taken.
  stream.end(Buffer.alloc(5));
});

const listening = (server) => new Promise((resolve, reject) => {
  server.on('error', reject);
  server.listen(0, '127.0.0.1', () => resolve(server.address().port));
});

const [httpPort, grpcPort] = await Promise.all([listening(overHttp), listening(overGrpc)]);
process.stdin.on('close', () => process.exit(0)).resume();
console.log(JSON.stringify({ http: httpPort, grpc: grpcPort }));
