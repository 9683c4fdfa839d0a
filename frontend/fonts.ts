/** The Chinese letters of a printed case: not loaded by any page, read from the built files by the server. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

const SUBSETS = ['chinese-simplified', 'latin'] as const;

export function paperFonts(): Plugin {
  return {
    name: 'linli-paper-fonts',
    buildStart() {
      const { resolve } = createRequire(import.meta.url);
      for (const subset of SUBSETS) {
        const name = `noto-sans-sc-${subset}-400-normal.woff2`;
        const source = readFileSync(resolve(`@fontsource/noto-sans-sc/files/${name}`));
        this.emitFile({ type: 'asset', name, originalFileName: name, source });
      }
    },
  };
}
