/**
 * Every row opens beside the list. The address bar holds `open=KEY`, so the page can be shared, reloaded and gone back to.
 * Without script, or with a modifier key, the same link opens the page of its own.
 */
import htmx from 'htmx.org';
import { say } from './words';

const PARAMETER = 'open';

function panel(): HTMLElement | null {
  return document.getElementById('panel');
}

function content(): HTMLElement | null {
  return document.getElementById('panel-content');
}

export function openKey(): string {
  return new URL(location.href).searchParams.get(PARAMETER) ?? '';
}

function mark(key: string): void {
  document.querySelectorAll<HTMLElement>('tr[data-key]').forEach((row) => {
    row.classList.toggle('is-open', row.dataset.key === key && key !== '');
  });
}

async function show(url: string, key: string): Promise<void> {
  const place = content();
  const aside = panel();
  if (!place || !aside) return;
  document.body.classList.add('has-panel');
  aside.hidden = false;
  mark(key);
  aside.querySelector<HTMLAnchorElement>('[data-panel-page]')?.setAttribute('href', url);
  if (aside.dataset.url !== url) {
    place.innerHTML = '';
    const wait = document.createElement('p');
    wait.className = 'panel-loading';
    wait.textContent = say('loading');
    place.append(wait);
  }
  aside.dataset.url = url;
  await htmx.ajax('get', url, { target: '#panel-content', swap: 'innerHTML', headers: { 'X-Linli-Frame': 'panel' } });
  aside.scrollTop = 0;
  place.focus({ preventScroll: true });
}

function hide(): void {
  const aside = panel();
  if (!aside || aside.hidden) return;
  const key = aside.dataset.key ?? '';
  aside.hidden = true;
  delete aside.dataset.url;
  document.body.classList.remove('has-panel');
  content()?.replaceChildren();
  mark('');
  if (key) document.querySelector<HTMLElement>(`tr[data-key="${CSS.escape(key)}"] [data-open]`)?.focus();
}

/** The URL for a key: the row's own link, or the panel's pattern when the row is not on this page. */
function urlOf(key: string): string {
  const link = document.querySelector<HTMLAnchorElement>(`[data-open="${CSS.escape(key)}"]`);
  if (link) return link.getAttribute('href') ?? '';
  const pattern = panel()?.dataset.pattern ?? '';
  return pattern.includes('KEY') ? pattern.replace('KEY', encodeURIComponent(key)) : '';
}

function follow(): void {
  const key = openKey();
  const url = key ? urlOf(key) : '';
  const aside = panel();
  if (aside && key) aside.dataset.key = key;
  if (url) void show(url, key);
  else hide();
}

function push(key: string): void {
  const address = new URL(location.href);
  if (key) address.searchParams.set(PARAMETER, key);
  else address.searchParams.delete(PARAMETER);
  history.pushState({ linli: 'panel' }, '', address);
  follow();
}

export function closePanel(): boolean {
  if (!panel() || panel()?.hidden) return false;
  push('');
  return true;
}

/** Somebody types, has opened a form, or has just asked for one: what stands there is left alone. */
function isBusy(place: HTMLElement): boolean {
  const typing = [...place.querySelectorAll<HTMLTextAreaElement>('textarea, input[type="text"]')].some((field) => field.value !== field.defaultValue);
  return typing || place.querySelector('details.confirm[open], details.menu[open], .htmx-request') !== null;
}

/** An answer asked for in the background may come after the person has begun something: then it is dropped. */
function dropIfLate(event: Event): void {
  const { target, requestConfig } = (event as CustomEvent<{ target: HTMLElement; requestConfig?: { headers?: Record<string, string> }; shouldSwap: boolean }>).detail;
  if (target.id !== 'panel-content' || requestConfig?.headers?.['X-Background'] === undefined) return;
  if (isBusy(target)) (event as CustomEvent<{ shouldSwap: boolean }>).detail.shouldSwap = false;
}

/** Ask again for what the panel shows, after something changed; typed text stays. */
function refreshPanel(): void {
  const aside = panel();
  const place = content();
  if (!aside || !place || aside.hidden || !aside.dataset.url) return;
  if (isBusy(place)) return;
  const scroll = aside.scrollTop;
  const said = [...place.querySelectorAll(':scope > .alert')]; // "done" stands until the person goes on
  void htmx
    .ajax('get', aside.dataset.url, { target: '#panel-content', swap: 'innerHTML', headers: { 'X-Linli-Frame': 'panel', 'X-Background': '1' } })
    .then(() => {
      if (!place.querySelector(':scope > .alert')) place.prepend(...said);
      aside.scrollTop = scroll;
    });
}

/** What was answered to a form stands above it: a refusal is brought into view, and so is the case after a step that was made. */
function showAnswer(event: Event): void {
  const { target, requestConfig } = (event as CustomEvent<{ target: HTMLElement; requestConfig: { verb: string; elt?: Element } }>).detail;
  const aside = panel();
  if (!aside || target.id !== 'panel-content' || requestConfig.verb === 'get') return;
  const refusal = target.querySelector<HTMLElement>('[role="alert"], .has-error');
  if (refusal) {
    refusal.scrollIntoView({ block: 'center' });
    if (refusal.tabIndex === -1) refusal.focus({ preventScroll: true });
  } else if (requestConfig.elt?.matches('.move-form')) aside.scrollTop = 0;
}

/** Forms in the panel are sent from the panel, and their answer is shown there. */
function adopt(root: Element): void {
  if (!root.closest('#panel-content')) return;
  const forms = root.matches('form') ? [root as HTMLFormElement] : [...root.querySelectorAll('form')];
  for (const form of forms) {
    if (form.dataset.page !== undefined || form.hasAttribute('hx-post') || form.hasAttribute('hx-get')) continue;
    const action = form.getAttribute('action') || panel()?.dataset.url || location.href;
    form.setAttribute(form.method === 'post' ? 'hx-post' : 'hx-get', action);
    form.setAttribute('hx-target', '#panel-content');
    form.setAttribute('hx-swap', 'innerHTML show:none');
    if (form.enctype === 'multipart/form-data') form.setAttribute('hx-encoding', 'multipart/form-data');
    htmx.process(form);
  }
}

export function startPanel(): void {
  if (!panel()) return;
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest('[data-panel-close]')) {
      event.preventDefault();
      closePanel();
      return;
    }
    const link = target?.closest<HTMLAnchorElement>('a[data-open]') ?? rowLink(target);
    if (!link) return;
    event.preventDefault();
    push(link.dataset.open ?? '');
  });
  window.addEventListener('popstate', follow);
  document.addEventListener('htmx:load', (event) => adopt(event.target as Element));
  document.addEventListener('linli:swapped', () => mark(openKey()));
  document.addEventListener('htmx:beforeSwap', dropIfLate);
  document.addEventListener('htmx:afterSettle', showAnswer);
  document.addEventListener('linli:hint', refreshPanel);
  if (openKey()) follow();
}

/** A click anywhere on a row counts, unless on something that has its own purpose or on selected text. */
function rowLink(target: Element | null): HTMLAnchorElement | null {
  if (!target || target.closest('a, button, input, select, textarea, label, summary, form')) return null;
  if (window.getSelection()?.toString()) return null;
  return target.closest('tr[data-key]')?.querySelector<HTMLAnchorElement>('a[data-open]') ?? null;
}
