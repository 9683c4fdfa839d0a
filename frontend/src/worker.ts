/**
 * The service worker: shows a call that was pushed to this phone, though no page of ours is open, and opens its page.
 * It keeps nothing and answers no requests: pages hold personal data, and a copy in the browser would be one too many.
 * Built as one file without imports, served from the root (web/account/phones.py).
 */

interface Message {
  number: string;
  title: string;
  body: string;
  url: string;
}
interface Lasting extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface Pushed extends Lasting {
  readonly data: { json(): unknown } | null;
}
interface Clicked extends Lasting {
  readonly notification: Notification;
}
interface Tab {
  readonly url: string;
  focus(): Promise<Tab>;
  navigate(url: string): Promise<Tab | null>;
}
interface Worker extends EventTarget {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<Tab[]>;
    openWindow(url: string): Promise<Tab | null>;
  };
  skipWaiting(): Promise<void>;
}

const worker = self as unknown as Worker;
const HOME = '/desk/';

/** Read what was pushed; whatever it is, something is shown: a push that shows nothing is taken away from the page. */
function read(event: Pushed): Message {
  let given: Record<string, unknown> = {};
  try {
    given = (event.data?.json() ?? {}) as Record<string, unknown>;
  } catch {
    // Not ours, or cut off: the bare notice still wakes its owner.
  }
  const word = (name: string, otherwise: string) => (typeof given[name] === 'string' ? (given[name] as string) : otherwise);
  const url = word('url', HOME);
  return {
    number: word('number', 'linli'),
    title: word('title', '邻里'),
    body: word('body', ''),
    url: url.startsWith('/') && !url.startsWith('//') ? url : HOME,
  };
}

async function show(message: Message): Promise<void> {
  const options = {
    body: message.body,
    tag: message.number, // a call that is told again takes the place of itself,
    renotify: true, // and sounds again
    requireInteraction: true,
    vibrate: [600, 200, 600, 200, 600],
    timestamp: Date.now(),
    data: { url: message.url },
  };
  await worker.registration.showNotification(message.title, options);
}

async function open(url: string): Promise<void> {
  const tabs = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const wanted = new URL(url, worker.registration.scope).href;
  const there = tabs.find((tab) => tab.url === wanted);
  if (there) {
    await there.focus();
    return;
  }
  // A page of its own: in another something may be half written.
  const opened = await worker.clients.openWindow(wanted).catch(() => null);
  if (!opened) await tabs[0]?.navigate(wanted);
}

worker.addEventListener('install', (event) => (event as Lasting).waitUntil(worker.skipWaiting()));
worker.addEventListener('activate', (event) => (event as Lasting).waitUntil(worker.clients.claim()));
worker.addEventListener('push', (event) => (event as Pushed).waitUntil(show(read(event as Pushed))));
worker.addEventListener('notificationclick', (event) => {
  const { notification } = event as Clicked;
  notification.close();
  const { url } = (notification.data ?? {}) as { url?: string };
  (event as Clicked).waitUntil(open(url ?? HOME));
});

export {};
