// jq as a command: `node jq.js FILTER [FLAG…]`, JSON on standard input.
const [filter, ...flags] = process.argv.slice(2);
let text = '';
process.stdin.on('data', (part) => { text += part; }).on('end', () => {
  require('jq-wasm').raw(text, filter, flags).then(
    (out) => process.stdout.write(out),
    (error) => { process.stderr.write(error.message); process.exitCode = 1; });
});
