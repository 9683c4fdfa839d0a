/**
 * Nothing loses typed text. What is typed into a form is kept on this machine until the server has taken it.
 *
 * Never kept: passwords, phone numbers, addresses of people, files, and whatever carries data-draft="off".
 * A draft is pending from submit on; it is dropped when the server has taken it, not when it refused or failed,
 * and all drafts are dropped when a person logs out.
 */
import { say } from './words';

const PREFIX = 'linli:draft:';
const PENDING = 'linli:pending';
const KEPT_FOR = 3 * 24 * 3600_000;
const TEXTS = 'textarea, input:not([type]), input[type="text"], input[type="search"]';

interface Draft {
  at: number;
  fields: Record<string, string>;
}

type TextField = HTMLTextAreaElement | HTMLInputElement;

function formOf(node: EventTarget | null): HTMLFormElement | null {
  const form = node instanceof Element ? node.closest('form') : null;
  if (!form || form.method !== 'post' || form.dataset.draft === 'off') return null;
  return form.querySelector('input[type="password"]') ? null : form;
}

function keyOf(form: HTMLFormElement): string {
  const action = new URL(form.getAttribute('action') || location.href, location.href);
  return PREFIX + (form.dataset.draft ?? action.pathname);
}

function textsOf(form: HTMLFormElement): TextField[] {
  return [...form.querySelectorAll<TextField>(TEXTS)].filter(
    (field) => field.name && !field.closest('[data-draft="off"]') && !/^(tel|email|name|one-time-code)$/.test(field.autocomplete),
  );
}

function read(key: string): Draft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(key) ?? 'null') as Draft | null;
    return draft && Date.now() - draft.at < KEPT_FOR ? draft : null;
  } catch {
    return null;
  }
}

function drop(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    /* Private browsing without storage: there was no draft to drop. */
  }
}

function keep(form: HTMLFormElement): void {
  const fields: Record<string, string> = {};
  for (const field of textsOf(form)) if (field.value !== field.defaultValue) fields[field.name] = field.value;
  try {
    if (Object.keys(fields).length) localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), fields }));
    else drop(keyOf(form));
  } catch {
    /* Storage full or forbidden: the form still works, only without a draft. */
  }
}

function noteAbove(form: HTMLFormElement, key: string): void {
  const note = document.createElement('p');
  note.className = 'draft-note';
  note.setAttribute('role', 'status');
  note.append(say('draft_restored'));
  const clear = document.createElement('button');
  clear.type = 'button';
  clear.textContent = say('draft_clear');
  clear.addEventListener('click', () => {
    drop(key);
    form.reset();
    note.remove();
  });
  note.append(clear);
  form.prepend(note);
}

function restore(form: HTMLFormElement): void {
  const key = keyOf(form);
  const draft = read(key);
  if (!draft) return;
  let restored = false;
  for (const field of textsOf(form)) {
    const kept = draft.fields[field.name];
    if (kept === undefined || field.value !== '' || kept === '') continue;
    field.value = kept;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    restored = true;
  }
  if (restored) noteAbove(form, key);
}

/** After a page has come: whatever was submitted from here has arrived, unless this page says it was not taken. */
function settle(): void {
  const status = Number(document.body.dataset.status ?? 200);
  const way = (performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming | undefined)?.type;
  if (status >= 400 || document.querySelector('input[type="password"], .has-error') || way === 'back_forward') return;
  taken();
}

/** The server has taken what was submitted. */
export function taken(): void {
  try {
    const key = sessionStorage.getItem(PENDING);
    if (key) drop(key);
    sessionStorage.removeItem(PENDING);
  } catch {
    /* No storage, no draft. */
  }
}

export function restoreDrafts(root: ParentNode): void {
  for (const form of root.querySelectorAll('form')) if (formOf(form)) restore(form);
}

/** Keep at once what was typed in here: it is about to be replaced, and the pause after the last letter is not over. */
export function keepDrafts(root: ParentNode): void {
  for (const form of root.querySelectorAll('form')) {
    if (formOf(form) && textsOf(form).some((field) => field.value !== field.defaultValue)) keep(form);
  }
}

export function startDrafts(): void {
  settle();
  restoreDrafts(document);
  let timer = 0;
  document.addEventListener('input', (event) => {
    const form = formOf(event.target);
    if (!form) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => keep(form), 400);
  });
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    if (form.dataset.logout !== undefined) {
      for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) drop(key);
      return;
    }
    if (!formOf(form)) return;
    clearTimeout(timer);
    keep(form);
    try {
      sessionStorage.setItem(PENDING, keyOf(form));
    } catch {
      /* No storage, no draft. */
    }
  });
}
