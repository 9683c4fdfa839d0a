/**
 * Somebody calls for help: it sounds until somebody answers, on every page of whoever may be told.
 *
 * A browser lets a page sound only after a click: the page says whether it may, and one click switches it on for good.
 * The page tells the server every 15 seconds that it is open and which calls it shows; who does not show one within ten
 * seconds counts as not reached, and the next are told.
 */
import { say } from './words';

const PRESENCE = 15_000;
const RING = 2_000;
const KEPT = 'linli-alarm-sound';

let audio: AudioContext | null = null;
let toldAt = 0;
let told = '';
let rangAt = 0;
let title = document.title;
const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2, 14)}`;

function waiting(): string[] {
  return [...new Set([...document.querySelectorAll<HTMLElement>('[data-alarm]')].map((part) => part.dataset.alarm ?? ''))].sort();
}

/** Locked-down office machines may forbid storage: then the button is there again after every reload. */
function keepSound(): void {
  try {
    localStorage.setItem(KEPT, 'on');
  } catch {
    /* nothing to keep it in */
  }
}

function wasSoundOn(): boolean {
  try {
    return localStorage.getItem(KEPT) === 'on';
  } catch {
    return false;
  }
}

function maySound(): boolean {
  return audio?.state === 'running';
}

/** Two tones, low then high: heard through a door, and by those who no longer hear high ones. */
function ring(): void {
  if (!audio || !maySound()) return;
  const start = audio.currentTime;
  [[520, 0], [780, 0.28], [520, 0.56], [780, 0.84]].forEach(([pitch, after]) => {
    const tone = audio!.createOscillator();
    const loudness = audio!.createGain();
    tone.type = 'square';
    tone.frequency.value = pitch!;
    loudness.gain.setValueAtTime(0.0001, start + after!);
    loudness.gain.exponentialRampToValueAtTime(0.35, start + after! + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, start + after! + 0.25);
    tone.connect(loudness).connect(audio!.destination);
    tone.start(start + after!);
    tone.stop(start + after! + 0.27);
  });
}

async function wake(): Promise<void> {
  audio ??= new AudioContext();
  await audio.resume();
  keepSound();
  show();
}

function show(): void {
  const on = maySound();
  document.querySelectorAll<HTMLElement>('[data-alarm-state]').forEach((part) => {
    part.textContent = say(on ? 'sound_on' : 'sound_off');
    part.classList.toggle('is-off', !on);
  });
  document.querySelectorAll<HTMLElement>('[data-alarm-on]').forEach((part) => { part.hidden = on; });
}

/** Seconds since, by the server's clock. */
function count(): void {
  const page = Date.parse(document.querySelector<HTMLMetaElement>('meta[name="server-time"]')?.content ?? '');
  const now = Number.isNaN(page) ? Date.now() : page + performance.now();
  document.querySelectorAll<HTMLElement>('[data-alarm-since]').forEach((part) => {
    const seconds = Math.max(0, Math.floor((now - Date.parse(part.dataset.alarmSince ?? '')) / 1000));
    if (Number.isNaN(seconds)) return;
    part.textContent = seconds < 120 ? say('waited', seconds) : say('waited_long', Math.floor(seconds / 60), seconds % 60);
  });
}

async function present(ids: string[]): Promise<void> {
  const form = document.querySelector<HTMLFormElement>('form[data-alarm-presence]');
  if (!form) return;
  const now = ids.join(' ') + maySound();
  if (now === told && Date.now() - toldAt < PRESENCE) return;
  told = now;
  toldAt = Date.now();
  const body = new FormData(form);
  body.set('key', key);
  body.set('sound', maySound() ? 'on' : 'off');
  ids.forEach((id) => body.append('call', id));
  // The alarm page stays on show with nobody at its keyboard: it must not be logged out at night. Other pages are.
  const headers: HeadersInit = document.getElementById('alarms') ? {} : { 'X-Background': '1' };
  try {
    const answer = await fetch(form.action, { method: 'POST', body, credentials: 'same-origin', headers });
    if (!answer.ok) told = '';
  } catch {
    told = ''; // said again at the next beat
  }
}

function beat(): void {
  const ids = waiting();
  count();
  void present(ids);
  document.documentElement.classList.toggle('is-alarm', ids.length > 0);
  if (!ids.length) {
    if (document.title !== title && document.title.startsWith('‼')) document.title = title;
    return;
  }
  if (!document.title.startsWith('‼')) title = document.title;
  document.title = `‼ ${say('calling')} (${ids.length})`;
  if (Date.now() - rangAt >= RING) {
    rangAt = Date.now();
    ring();
  }
}

function byKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.altKey || event.metaKey || target.matches('input, textarea, select, [contenteditable]')) return;
  const form = document.querySelector<HTMLFormElement>(`form[data-alarm-move="${CSS.escape(event.key)}"]`);
  if (!form || event.key.length !== 1) return;
  event.preventDefault();
  form.requestSubmit();
}

export function startAlarm(): void {
  if (!document.querySelector('#alarm-strip, #alarms')) return;
  document.addEventListener('click', (event) => {
    const part = (event.target as HTMLElement).closest('[data-alarm-on], [data-alarm-test]');
    // Whoever switched it on once need not find the button again: any click will do.
    if (!part && (maySound() || !wasSoundOn())) return;
    void wake().then(() => { if (part) ring(); });
  });
  document.addEventListener('keydown', byKey);
  document.addEventListener('linli:swapped', beat);
  // Behind another window a browser lets timers run once a minute; what comes over the link it lets through.
  document.addEventListener('linli:beat', beat);
  if (wasSoundOn()) {
    audio = new AudioContext();
    audio.addEventListener('statechange', show);
  }
  show();
  beat();
  window.setInterval(() => { show(); beat(); }, 1000);
}
