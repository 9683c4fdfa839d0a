/** One line at the bottom that goes by itself; alarms stay until closed. */
import { say } from './words';

export function toast(text: string, { late = false } = {}): void {
  document.querySelector('.toast')?.remove();
  const box = document.createElement('div');
  box.className = late ? 'toast is-late' : 'toast';
  box.setAttribute('role', late ? 'alert' : 'status');
  const words = document.createElement('span');
  words.textContent = text;
  const close = document.createElement('button');
  close.type = 'button';
  close.textContent = say('close');
  close.addEventListener('click', () => box.remove());
  box.append(words, close);
  document.body.append(box);
  if (!late) setTimeout(() => box.remove(), 6000);
}
