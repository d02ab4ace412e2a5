import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `npm start` listens: `npm run dev:web` hands it all that is not the dashboard. */
const SERVER = 'http://127.0.0.1:8484'
/** The server's own pages, which the dashboard links to. */
const PAGES =
  '^/(api|v1|readyz|pages.css|passkeys.js|setup|sign-in|sign-out|account|training|access-requests|delivery|device|step-up|sso|oauth|invite|reset|email)(/|\\?|$)'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
  server: { proxy: { [PAGES]: { target: SERVER } } },
})
