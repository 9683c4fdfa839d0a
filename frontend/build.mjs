/** Builds beside dist/ and then changes places, so that a running system never serves half a build. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { build } from 'vite';

const fresh = `node_modules/.dist-${process.pid}`;
const old = `node_modules/.dist-old-${process.pid}`;

try {
  await build({ build: { outDir: fresh, emptyOutDir: true } });
  if (existsSync('dist')) renameSync('dist', old);
  renameSync(fresh, 'dist');
} finally {
  for (const left of [fresh, old]) rmSync(left, { recursive: true, force: true });
}
