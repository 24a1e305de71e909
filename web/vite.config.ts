import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The pages are built into the package, which serves them; during work on them, `npm run dev`
// passes /fhir on to a platform on port 8080.
export default defineConfig({
  plugins: [react()],
  html: { cspNonce: '__NONCE__' },
  server: { proxy: { '/fhir': 'http://127.0.0.1:8080', '/health': 'http://127.0.0.1:8080' } },
  build: {
    outDir: '../src/xinglin/web_dist',
    emptyOutDir: true,
    target: 'chrome109',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
});
