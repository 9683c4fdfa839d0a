/** The page of alerts on a phone: says how this browser stands, subscribes it, and knows it again in the list. */

type State = 'on' | 'off' | 'denied' | 'unsupported' | 'ios' | 'insecure' | 'failed';

const place = document.querySelector<HTMLElement>('[data-alerts]');

function show(state: State): void {
  for (const words of document.querySelectorAll<HTMLElement>('[data-alerts-state]')) {
    words.hidden = words.dataset.alertsState !== state;
  }
  const button = document.querySelector<HTMLButtonElement>('[data-alerts-on]');
  if (button) button.hidden = !['off', 'denied', 'failed'].includes(state);
}

function bytesOf(key: string): Uint8Array<ArrayBuffer> {
  const plain = atob(key.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function wordsOf(key: ArrayBuffer | null): string {
  const letters = String.fromCharCode(...new Uint8Array(key ?? new ArrayBuffer(0)));
  return btoa(letters).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** The first letters of the address's digest: enough to know it again, of no use to anybody else. */
async function markOf(endpoint: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(endpoint));
  return [...new Uint8Array(digest)].slice(0, 8).map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Why this browser cannot be woken at all; undefined when it can. */
function obstacle(): State | undefined {
  if (!window.isSecureContext) return 'insecure';
  if ('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window) return undefined;
  // Safari on a phone gives push only to what was put on the home screen.
  const isApple = /iPhone|iPad/.test(navigator.userAgent);
  return isApple && !matchMedia('(display-mode: standalone)').matches ? 'ios' : 'unsupported';
}

async function subscribe(key: string, script: string): Promise<PushSubscription> {
  const registration = await navigator.serviceWorker.register(script, { scope: '/' });
  await navigator.serviceWorker.ready;
  const known = await registration.pushManager.getSubscription();
  if (known && wordsOf(known.options.applicationServerKey) === key) return known;
  await known?.unsubscribe(); // it was made for another key of ours
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) });
}

async function switchOn(form: HTMLFormElement, key: string, script: string): Promise<void> {
  if ((await Notification.requestPermission()) !== 'granted') {
    show('denied');
    return;
  }
  try {
    const subscription = await subscribe(key, script);
    const fill = (name: string, words: string) => {
      const field = form.elements.namedItem(name);
      if (field instanceof HTMLInputElement) field.value = words;
    };
    fill('endpoint', subscription.endpoint);
    fill('key_p256dh', wordsOf(subscription.getKey('p256dh')));
    fill('key_auth', wordsOf(subscription.getKey('auth')));
    form.requestSubmit();
  } catch (fault) {
    console.warn('push', fault);
    show('failed');
  }
}

/** Find this browser's own subscription, and its row in the list. */
async function recognise(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration('/');
  const subscription = await registration?.pushManager.getSubscription();
  const mark = subscription ? await markOf(subscription.endpoint) : '';
  const row = mark ? document.querySelector<HTMLElement>(`[data-alerts-mark="${mark}"]`) : null;
  if (!row || !subscription) {
    show(Notification.permission === 'denied' ? 'denied' : 'off');
    return;
  }
  show(Notification.permission === 'granted' ? 'on' : 'denied');
  for (const words of row.querySelectorAll<HTMLElement>('[data-alerts-here]')) words.hidden = false;
  // Switched off here, the browser forgets it as well.
  row.querySelector('form')?.addEventListener('submit', () => void subscription.unsubscribe());
}

async function start(): Promise<void> {
  const form = document.querySelector<HTMLFormElement>('[data-alerts-form]');
  const { key, worker } = place?.dataset ?? {};
  if (!form || !key || !worker) return;
  const reason = obstacle();
  if (reason) {
    show(reason);
    return;
  }
  document.querySelector('[data-alerts-on]')?.addEventListener('click', () => void switchOn(form, key, worker));
  await recognise();
}

void start();
