/** The icons our pages use, cut from @tabler/icons into one sprite. Name on the page: Tabler's name. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

const NAMES = [
  'activity', 'alarm', 'alert-circle', 'alert-triangle', 'arrow-back-up', 'arrow-down', 'arrow-forward-up', 'arrow-left', 'arrow-right',
  'arrow-up', 'arrows-sort', 'arrows-split', 'bell', 'bell-ringing', 'bookmark', 'building', 'building-community', 'calendar', 'camera', 'chart-bar',
  'chart-line', 'check', 'chevron-down', 'chevron-left', 'chevron-right', 'circle', 'circle-check', 'circle-dashed', 'circle-x', 'clipboard-list',
  'clock', 'clock-exclamation', 'clock-pause', 'device-watch', 'dots', 'download', 'edit', 'external-link', 'eye', 'file-text', 'file-type-pdf', 'filter', 'flag', 'git-merge', 'hand-stop',
  'heart-handshake', 'help-circle', 'history', 'home', 'hourglass', 'inbox', 'info-circle', 'key', 'language', 'layout-dashboard', 'list', 'list-check',
  'loader', 'lock', 'login', 'logout', 'map', 'map-2', 'map-pin', 'menu-2', 'message', 'message-2', 'message-plus', 'minus', 'mood-sad', 'mood-smile', 'note', 'paperclip',
  'phone', 'phone-call', 'photo', 'plus', 'printer', 'progress', 'qrcode', 'refresh', 'route', 'route-off', 'search', 'send', 'settings', 'shield-lock', 'sos',
  'speakerphone', 'star', 'status-change', 'tag', 'thumb-down', 'thumb-up', 'tool', 'trash', 'trending-down', 'trending-up', 'typography', 'upload', 'user',
  'user-check', 'user-plus', 'users', 'users-group', 'wifi-off', 'x', 'zoom-question',
  // need tags of the household map
  'baby-bottle', 'baby-carriage', 'coin', 'disabled', 'lifebuoy', 'old', 'school', 'stethoscope', 'wheelchair',
] as const;

const FILLED = ['star', 'circle-check', 'alert-triangle'] as const;

/** Two houses with one wall between them: the same mark as templates/parts/mark.html, for the browser's tab. */
const MARK =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0d5a61"/>' +
  '<path d="M6 25V14.5L11.5 9l4.5 4.5L20.5 9l5.5 5.5V25M16 13.5V25M4.5 25h23M10 19h2.5m7 0H22" fill="none" stroke="#fff" stroke-width="2.2" ' +
  'stroke-linecap="round" stroke-linejoin="round"/></svg>\n';

export function iconSprite(): Plugin {
  return {
    name: 'linli-icon-sprite',
    apply: 'build',
    generateBundle() {
      const { resolve } = createRequire(import.meta.url);
      const symbol = (style: 'outline' | 'filled', name: string, id: string) => {
        const svg = readFileSync(resolve(`@tabler/icons/${style}/${name}.svg`), 'utf8');
        const inner = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>')).replace(/\s+/g, ' ').trim();
        const paint = style === 'outline'
          ? 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
          : 'fill="currentColor"';
        return `<symbol id="${id}" viewBox="0 0 24 24" ${paint}>${inner}</symbol>`;
      };
      const symbols = [
        ...NAMES.map((name) => symbol('outline', name, name)),
        ...FILLED.map((name) => symbol('filled', name, `${name}-filled`)),
      ];
      this.emitFile({ type: 'asset', name: 'mark.svg', originalFileName: 'mark.svg', source: MARK });
      this.emitFile({
        type: 'asset',
        name: 'icons.svg',
        originalFileName: 'icons.svg',
        source: `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>\n`,
      });
    },
  };
}
