/** Residents: nothing here is needed; it only saves typed words, counts down, and finds the phone's position. */
import './resident.css';
import { startConfirm } from './behaviours/confirm';
import { startCopy } from './behaviours/copy';
import { startDrafts } from './behaviours/drafts';
import { startLazy, startPosition } from './behaviours/lazy';
import { startLive } from './behaviours/live';
import { startMenus, startOnce, startSwitches } from './behaviours/switches';
import { startTimers } from './behaviours/timers';
import { say } from './behaviours/words';

startMenus();
startConfirm();
startSwitches();
startDrafts();
startCopy();
startOnce();
startTimers();
startLive();
startLazy();
startPosition(say);
