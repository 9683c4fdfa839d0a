/** Due times count down, overdue counts up; the words agree with the server's `span_words`. */
import { say } from './words';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SOON = 4 * HOUR;

export function spanWords(milliseconds: number): string {
  const span = Math.abs(milliseconds);
  const days = Math.floor(span / DAY);
  const hours = Math.floor((span % DAY) / HOUR);
  const minutes = Math.floor((span % HOUR) / MINUTE);
  if (days >= 10) return say('days', days);
  if (days) return hours ? say('days', days) + ' ' + say('hours', hours) : say('days', days);
  if (hours) return minutes ? say('hours', hours) + ' ' + say('minutes', minutes) : say('hours', hours);
  return minutes ? say('minutes', minutes) : say('moment');
}

function tick(part: HTMLElement, now: number): void {
  const due = Date.parse(part.dataset.due ?? '');
  if (Number.isNaN(due)) return;
  const left = due - now;
  const soon = Number(part.dataset.soon ?? SOON);
  const rest = part.querySelector<HTMLElement>('[data-due-rest]');
  const text = say(left < 0 ? 'late' : 'left', spanWords(left));
  if (rest && rest.textContent !== text) rest.textContent = text;
  part.classList.toggle('is-late', left < 0);
  part.classList.toggle('is-soon', left >= 0 && left < soon);
  part.classList.toggle('is-ample', left >= soon);
}

function since(part: HTMLElement, now: number): void {
  const start = Date.parse(part.dataset.since ?? '');
  if (!Number.isNaN(start)) part.textContent = spanWords(now - start);
}

/** The server's clock decides: a wrong clock on this machine shifts nothing. */
function serverOffset(): number {
  const told = Date.parse(document.querySelector<HTMLMetaElement>('meta[name="server-time"]')?.content ?? '');
  const offset = told - Date.now();
  return Number.isNaN(offset) || Math.abs(offset) < 5 * MINUTE ? 0 : offset;
}

export function startTimers(): void {
  const offset = serverOffset();
  const all = () => {
    const now = Date.now() + offset;
    document.querySelectorAll<HTMLElement>('[data-due]').forEach((part) => tick(part, now));
    document.querySelectorAll<HTMLElement>('[data-since]').forEach((part) => since(part, now));
  };
  all();
  setInterval(all, 10_000);
  document.addEventListener('linli:swapped', all);
  document.addEventListener('visibilitychange', () => document.hidden || all());
}
