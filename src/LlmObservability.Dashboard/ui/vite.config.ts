import { defineConfig } from 'vite';

// Relative addresses, so that the pages work below any path. Nothing is put in as a data: address and no polyfill is
// written into the page: its Content-Security-Policy allows neither.
export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: false,
    emptyOutDir: true,
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': 'http://localhost:5210/llm' } },
});
