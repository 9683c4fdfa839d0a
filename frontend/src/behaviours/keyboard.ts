/** j/k walk the rows, x chooses one for moving several together, Enter opens, / searches, Esc closes, ? shows the keys;
 *  a letter presses what carries data-hotkey. */
import { closePanel } from './panel';
import { say } from './words';

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type="checkbox"], [type="radio"]), textarea, select'));
}

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('tr[data-key]')].filter((row) => row.offsetParent !== null);
}

function walk(step: 1 | -1): void {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains('is-chosen'));
  const from = at >= 0 ? at : all.findIndex((row) => row.classList.contains('is-open'));
  const next = all[from < 0 ? 0 : Math.min(Math.max(from + step, 0), all.length - 1)];
  all.forEach((row) => row.classList.toggle('is-chosen', row === next));
  const link = next?.querySelector<HTMLElement>('a');
  link?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: 'nearest' });
}

/** Choose the row in hand, or leave it out again. */
function pick(): boolean {
  const all = rows();
  const row = all.find((each) => each.classList.contains('is-chosen')) ?? all.find((each) => each.classList.contains('is-open'));
  const box = row?.querySelector<HTMLInputElement>('input[data-pick]');
  if (!box) return false;
  box.click();
  return true;
}

/** Enter on a row walked to opens it, also when the focus has gone elsewhere since. */
function open(target: EventTarget | null): boolean {
  if (target instanceof Element && target.closest('a, button, summary, input, select, [tabindex]:not(main):not(#panel-content)')) return false;
  const link = document.querySelector<HTMLElement>('tr.is-chosen a[data-open]');
  link?.click();
  return link !== null;
}

function press(key: string): boolean {
  const spots = [...document.querySelectorAll<HTMLElement>(`[data-hotkey="${CSS.escape(key)}"]`)].filter((spot) => spot.offsetParent !== null);
  // What the open panel offers goes before what the page offers.
  const spot = spots.find((each) => each.closest('#panel')) ?? spots[0];
  if (!spot) return false;
  if (spot.matches('input, textarea, select')) spot.focus();
  else spot.click();
  return true;
}

function help(): void {
  const box = document.createElement('dialog');
  box.className = 'box';
  const body = document.createElement('div');
  body.className = 'box-body';
  const title = document.createElement('h2');
  title.textContent = say('keys');
  const keys = document.createElement('dl');
  keys.className = 'keys';
  const line = (key: string, words: string) => {
    const dt = document.createElement('dt');
    const kbd = document.createElement('kbd');
    kbd.textContent = key;
    dt.append(kbd);
    const dd = document.createElement('dd');
    dd.textContent = words;
    keys.append(dt, dd);
  };
  line('j / k', say('keys_walk'));
  line('Enter', say('keys_open'));
  if (document.querySelector('input[data-pick]')) line('x', say('keys_pick'));
  line('/', say('keys_search'));
  line('Esc', say('keys_close'));
  document.querySelectorAll<HTMLElement>('[data-hotkey]').forEach((spot) => {
    if (spot.offsetParent !== null && spot.dataset.hotkey) line(spot.dataset.hotkey, (spot.getAttribute('aria-label') ?? spot.textContent ?? '').trim());
  });
  const foot = document.createElement('div');
  foot.className = 'box-foot';
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'btn';
  close.textContent = say('close');
  close.addEventListener('click', () => box.close());
  foot.append(close);
  body.append(title, keys);
  box.append(body, foot);
  box.addEventListener('close', () => box.remove());
  document.body.append(box);
  box.showModal();
}

export function startKeyboard(): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || event.metaKey || event.ctrlKey || event.altKey) return;
    if (document.querySelector('dialog[open]')) return;
    if (event.key === 'Escape') {
      if (isTyping(event.target)) (event.target as HTMLElement).blur();
      else if (closePanel()) event.preventDefault();
      return;
    }
    if (isTyping(event.target)) return;
    if (event.key === 'j' || event.key === 'k') walk(event.key === 'j' ? 1 : -1);
    else if (event.key === '?') help();
    else if (event.key === 'x') {
      if (!pick() && !press('x')) return;
    } else if (event.key === 'Enter') {
      if (!open(event.target)) return;
    }
    else if (event.key === '/') {
      const search = document.querySelector<HTMLInputElement>('[data-search]');
      if (!search) return;
      search.focus();
      search.select();
    } else if (event.key.length !== 1 || !press(event.key)) return;
    event.preventDefault();
  });
}
