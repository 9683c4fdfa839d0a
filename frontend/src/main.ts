/** Desks: htmx and the small behaviours a page cannot have without script. */
import './main.css';
import htmx from 'htmx.org';
import { startAlarm } from './behaviours/alarm';
import { startConfirm } from './behaviours/confirm';
import { restoreDrafts, startDrafts, taken } from './behaviours/drafts';
import { startKeyboard } from './behaviours/keyboard';
import { startLazy, startPosition } from './behaviours/lazy';
import { refresh, startLive } from './behaviours/live';
import { startPanel } from './behaviours/panel';
import { startPrint, startScan } from './behaviours/scan';
import { startFolds, startMenus, startNav, startOnce, startSubmitOnChange, startSwitches } from './behaviours/switches';
import { startPicks } from './behaviours/picks';
import { startTogether } from './behaviours/together';
import { startTimers } from './behaviours/timers';
import { toast } from './behaviours/toast';
import { say } from './behaviours/words';

// Pages hold personal data: htmx keeps no copy of them in the browser's storage.
htmx.config.historyCacheSize = 0;
htmx.config.refreshOnHistoryMiss = true;
htmx.config.selfRequestsOnly = true;
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.globalViewTransitions = false;
htmx.config.timeout = 30_000;
// What was just put in answers a key at once: until it is settled, a link in it would leave the page.
htmx.config.defaultSettleDelay = 0;
// A refusal (409), a form with errors (400, 422) and a page that is not yours (403, 404) are answers to be read.
htmx.config.responseHandling = [
  { code: '204', swap: false },
  { code: '[23]..', swap: true },
  { code: '40[0349]', swap: true, error: false },
  { code: '422', swap: true, error: false },
  { code: '...', swap: false, error: true },
];

interface RequestDetail {
  xhr: XMLHttpRequest;
  successful: boolean;
  requestConfig: { verb: string };
}

document.addEventListener('htmx:beforeSwap', (event) => {
  // A session that ended answers with the login page: go there as a whole, and come back to the same page.
  const { xhr } = (event as CustomEvent<RequestDetail>).detail;
  if (!xhr.responseURL || !new URL(xhr.responseURL).pathname.startsWith('/login')) return;
  event.preventDefault();
  location.href = `/login/?next=${encodeURIComponent(location.pathname + location.search)}`;
});
document.addEventListener('htmx:afterRequest', (event) => {
  const { successful, requestConfig, xhr } = (event as CustomEvent<RequestDetail>).detail;
  // A preview is sent with what was typed but changes nothing; it carries data-quiet.
  if (requestConfig.verb === 'get' || (event.target as HTMLElement).dataset.quiet !== undefined) return;
  if (successful && xhr.status < 300) {
    taken();
    void refresh();
  }
});
document.addEventListener('linli:fresh', (event) => {
  htmx.process(event.target as Element);
  restoreDrafts(event.target as Element); // what was typed into a form that was renewed
});
document.addEventListener('htmx:afterSettle', () => document.dispatchEvent(new CustomEvent('linli:swapped')));
document.addEventListener('htmx:load', (event) => restoreDrafts(event.target as Element));
document.addEventListener('htmx:responseError', () => toast(say('fault'), { late: true }));
document.addEventListener('htmx:sendError', () => toast(say('no_network'), { late: true }));
document.addEventListener('htmx:timeout', () => toast(say('no_network'), { late: true }));

startMenus();
startNav();
startFolds();
startConfirm();
startSwitches();
startDrafts();
startOnce();
startSubmitOnChange();
startTimers();
startPanel();
startKeyboard();
startPicks();
startTogether();
startLive();
startAlarm();
startLazy();
startPosition(say);
startScan(say);
startPrint();
