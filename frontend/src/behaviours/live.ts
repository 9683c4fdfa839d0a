/**
 * Regions that are always right: <section id="…" data-live="area unit">.
 *
 * The live link only hints ("something about these topics changed"); the region then asks the server for itself again.
 * A lost hint costs nothing: while the link is down the page says so and asks every 20 seconds.
 */
import { keepDrafts } from './drafts';
import { say } from './words';

const POLL = 20_000;
const PATIENCE = 5_000;
const WALL = 60_000;
const ALARM_POLL = 5_000;
const SILENCE = 40_000; // the server says every 15 s that it is there
const ANSWER_WITHIN = 15_000;
const ASK_AGAIN = 2_000;
const EVERY_CALL = 'call:*';

let lastSwap = 0;
let waiting = 0;
let wanted = new Set<string>();
let source: EventSource | null = null;
let poll = 0;
let lostTimer = 0;
let heardAt = Date.now();
let pressed: Element | null = null;
let missed = false;
let askingForCalls = false;
let callsWanted = new Set<string>();

function regions(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-live][id]')];
}

function isOfCalls(topic: string): boolean {
  return topic === 'call' || topic.startsWith('call:');
}

function concerns(region: HTMLElement, topics: ReadonlySet<string>): boolean {
  const own = (region.dataset.live ?? '').split(/\s+/).filter(Boolean);
  return topics.has('*') || own.length === 0 || own.includes('*') || own.some((topic) => topics.has(topic) || (topics.has(EVERY_CALL) && isOfCalls(topic)));
}

/** Somebody works in there: leave it alone until they are done. */
function isBusy(region: HTMLElement): boolean {
  const focus = document.activeElement;
  // A button that goes away between press and release is not clicked.
  if (pressed && region.contains(pressed)) return (missed = true);
  return (focus !== null && region.contains(focus) && focus.matches('input, textarea, select')) || region.querySelector('details.menu[open], details.confirm[open], input[data-pick]:checked') !== null;
}

function keysOf(region: HTMLElement): Set<string> {
  return new Set([...region.querySelectorAll<HTMLElement>('[data-key]')].map((row) => row.dataset.key ?? ''));
}

/** A map that is drawn moves over as it is: drawn anew with every hint, it would use up what a browser has for maps. */
function keepMaps(region: HTMLElement, fresh: HTMLElement): void {
  for (const drawn of region.querySelectorAll<HTMLElement>('[data-map][data-drawn]')) {
    const { pins, center } = drawn.dataset;
    const same = [...fresh.querySelectorAll<HTMLElement>('[data-map]:not([data-drawn])')].find((box) => box.dataset.pins === pins && box.dataset.center === center);
    if (pins) same?.replaceWith(drawn);
  }
}

/** Swap a region without anything jumping: the row in hand keeps its place on the screen and its focus. */
function swap(region: HTMLElement, fresh: HTMLElement): void {
  const before = keysOf(region);
  const chosen = ['.is-chosen', ':focus-within', '.is-open'].map((mark) => region.querySelector<HTMLElement>(`[data-key]${mark}`)).find(Boolean);
  const key = chosen?.dataset.key;
  const top = chosen?.getBoundingClientRect().top;
  const hadFocus = region.contains(document.activeElement);
  const action = hadFocus ? document.activeElement?.closest('form')?.getAttribute('action') : null;
  keepMaps(region, fresh);
  keepDrafts(region);
  region.replaceWith(fresh);
  if (before.size) {
    fresh.querySelectorAll<HTMLElement>('[data-key]').forEach((row) => row.classList.toggle('is-new', !before.has(row.dataset.key ?? '')));
  }
  const again = key === undefined ? null : fresh.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  if (again && top !== undefined) {
    if (chosen?.classList.contains('is-chosen')) again.classList.add('is-chosen');
    window.scrollBy(0, again.getBoundingClientRect().top - top);
    const button = action ? again.querySelector<HTMLElement>(`form[action="${CSS.escape(action)}"] button`) : null;
    if (hadFocus) (button ?? again.querySelector<HTMLElement>('a'))?.focus({ preventScroll: true });
  }
  fresh.dispatchEvent(new CustomEvent('linli:fresh', { bubbles: true }));
}

function isWall(): boolean {
  return document.documentElement.dataset.wall !== undefined;
}

/** Ask for a page and swap its regions; true when it answered. */
async function fetchAndSwap(url: string, group: HTMLElement[]): Promise<boolean> {
  // A wall has nobody at its keyboard and stays on show: its questions count as presence.
  const headers: HeadersInit = isWall() ? {} : { 'X-Background': '1' };
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), ANSWER_WITHIN);
  try {
    const answer = await fetch(url, { headers, credentials: 'same-origin', signal: patience.signal });
    if (answer.redirected && new URL(answer.url).pathname.startsWith('/login')) {
      // The session is over: say so once, and let the person finish what they are reading.
      stop();
      banner(say('logged_out'));
      return true;
    }
    if (!answer.ok) return answer.status < 500;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const region of group) {
      const fresh = page.getElementById(region.id);
      if (fresh && region.isConnected && !isBusy(region) && fresh.innerHTML !== region.innerHTML) swap(region, document.adoptNode(fresh));
    }
    document.dispatchEvent(new CustomEvent('linli:swapped'));
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** Bring every region concerned up to date; true when all of them answered. */
export async function refresh(topics: ReadonlySet<string> = new Set(['*'])): Promise<boolean> {
  const groups = new Map<string, HTMLElement[]>();
  for (const region of regions()) {
    if (!concerns(region, topics)) continue;
    const url = region.dataset.liveUrl ?? location.href;
    groups.set(url, [...(groups.get(url) ?? []), region]);
  }
  lastSwap = Date.now();
  const answers = await Promise.all([...groups].map(([url, group]) => fetchAndSwap(url, group)));
  return answers.every(Boolean);
}

/** Calls are asked for at once, again until there is an answer, and one question at a time: a burst of presses is none of questions. */
async function refreshCalls(topics: Iterable<string> = [EVERY_CALL]): Promise<void> {
  for (const topic of topics) callsWanted.add(topic);
  if (askingForCalls) return;
  askingForCalls = true;
  let isAnswered = true;
  while (callsWanted.size && isAnswered) {
    const now = callsWanted;
    callsWanted = new Set();
    isAnswered = await refresh(now);
  }
  askingForCalls = false;
  if (!isAnswered) window.setTimeout(() => void refreshCalls(), ASK_AGAIN);
}

/** Many hints in one breath are one question; two hundred desks do not all ask in the same millisecond. */
function hint(topics: Iterable<string>): void {
  const told = [...topics];
  // Somebody calls for help: that waits for nothing, also on a page that lies behind another window.
  const ofCalls = hears() ? told.filter(isOfCalls) : [];
  if (ofCalls.length) void refreshCalls(ofCalls);
  else if (hears() && told.includes('*')) void refreshCalls();
  for (const topic of told) if (!ofCalls.includes(topic)) wanted.add(topic);
  if (waiting || document.hidden) return;
  waiting = window.setTimeout(
    () => {
      waiting = 0;
      const now = wanted;
      wanted = new Set();
      void refresh(now);
      document.dispatchEvent(new CustomEvent('linli:hint'));
    },
    200 + Math.random() * 500 + Math.max(0, 1500 - (Date.now() - lastSwap)),
  );
}

/** {areas: [...], units: [...], cases: [...]} as topics: `area area:540102… unit unit:7 case case:12`; {} is everything. */
function topicsOf(event: MessageEvent<string>): string[] {
  try {
    const told = JSON.parse(event.data) as Record<string, (string | number)[]>;
    const topics = Object.entries(told).flatMap(([kind, ids]) => {
      const topic = kind.replace(/s$/, '');
      return ids.length ? [topic, ...ids.map((id) => `${topic}:${id}`)] : [];
    });
    return topics.length ? topics : ['*'];
  } catch {
    // A hint without a readable body is still a hint.
    return ['*'];
  }
}

function banner(text: string): void {
  let line = document.getElementById('live-lost');
  if (!text) {
    line?.remove();
    return;
  }
  if (!line) {
    line = document.createElement('div');
    line.id = 'live-lost';
    line.className = 'live-lost';
    line.setAttribute('role', 'alert');
    document.body.prepend(line);
  }
  line.textContent = text;
}

/** Whoever is told of calls on this page is asked for more often, and also while nobody looks. */
function hears(): boolean {
  return document.querySelector('[data-alarm-presence]') !== null;
}

function lost(): void {
  if (poll) return;
  document.documentElement.dataset.liveLink = 'lost';
  banner(say(hears() ? 'live_lost_alarm' : 'live_lost'));
  let times = 0;
  poll = window.setInterval(
    () => {
      times += 1;
      const isWhole = !hears() || times % (POLL / ALARM_POLL) === 0;
      if (hears()) void refreshCalls();
      if (isWhole && !document.hidden) void refresh();
    },
    hears() ? ALARM_POLL : POLL,
  );
}

/** A link that says nothing any more, not even that it is there, is lost: a dead cable closes nothing. */
function watch(url: string): void {
  window.setInterval(() => {
    if (!source || Date.now() - heardAt < SILENCE) return;
    source.close();
    heardAt = Date.now();
    lost();
    connect(url);
  }, 5000);
}

function found(): void {
  clearTimeout(lostTimer);
  lostTimer = 0;
  document.documentElement.dataset.liveLink = 'on';
  if (!poll) return;
  clearInterval(poll);
  poll = 0;
  banner('');
  void refresh();
}

function stop(): void {
  source?.close();
  source = null;
  clearInterval(poll);
  clearTimeout(lostTimer);
  poll = lostTimer = 0;
}

function connect(url: string, delay = 1000): void {
  source = new EventSource(url, { withCredentials: true });
  source.addEventListener('open', () => {
    delay = 1000;
    heardAt = Date.now();
    found();
    // Whatever was said between the page and its link, or while the link was away, nobody has heard.
    if (hears()) void refreshCalls();
  });
  source.addEventListener('beat', () => {
    heardAt = Date.now();
    document.dispatchEvent(new CustomEvent('linli:beat'));
  });
  source.addEventListener('hint', (event) => {
    heardAt = Date.now();
    hint(topicsOf(event as MessageEvent<string>));
  });
  source.addEventListener('error', () => {
    if (!lostTimer && !poll) lostTimer = window.setTimeout(lost, PATIENCE);
    // The browser tries again by itself unless the server refused; then we do, ever more slowly.
    if (source?.readyState === EventSource.CLOSED) {
      setTimeout(() => connect(url, Math.min(delay * 2, 60_000)), delay + Math.random() * 500);
    }
  });
}

function startPressing(): void {
  document.addEventListener('pointerdown', (event) => {
    pressed = event.target instanceof Element ? event.target : null;
  });
  const release = () =>
    setTimeout(() => {
      pressed = null;
      if (!missed) return;
      missed = false;
      void refresh();
    });
  document.addEventListener('pointerup', release);
  document.addEventListener('pointercancel', release);
}

export function startLive(): void {
  if (!regions().length) return;
  startPressing();
  const url = document.querySelector<HTMLMetaElement>('meta[name="live-url"]')?.content;
  if (url && 'EventSource' in window) {
    connect(url);
    watch(url);
  } else lost();
  if (isWall()) window.setInterval(() => void refresh(), WALL);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && wanted.size) hint([]);
  });
  window.addEventListener('pagehide', stop);
  window.addEventListener('pageshow', (event) => {
    if (event.persisted && url && !source) connect(url);
  });
}
