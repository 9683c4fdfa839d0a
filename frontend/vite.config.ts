import { defineConfig } from 'vite';
import { paperFonts } from './fonts';
import { iconSprite } from './icons';

export default defineConfig({
  // Relative addresses: the bundle works wherever Django serves it from.
  base: './',
  publicDir: false,
  plugins: [iconSprite(), paperFonts()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true,
    // Offices keep machines for a long time; residents keep phones longer.
    target: ['chrome87', 'firefox102', 'safari15'],
    cssTarget: ['chrome87', 'firefox102', 'safari15'],
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      // htmx carries an eval that is switched off in main.ts (allowEval).
      checks: { eval: false },
      input: ['src/main.ts', 'src/resident.ts', 'src/map.ts', 'src/chart.ts', 'src/alerts.ts', 'src/worker.ts'],
    },
  },
});
