/** Boxes before the rows: the form above the list says how many are chosen; one box chooses the whole page. */
import { say } from './words';

function boxesOf(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.elements].filter((each): each is HTMLInputElement => each instanceof HTMLInputElement && each.dataset.pick !== undefined);
}

function tell(form: HTMLFormElement): void {
  const boxes = boxesOf(form);
  const chosen = boxes.filter((box) => box.checked).length;
  form.classList.toggle('has-chosen', chosen > 0);
  const words = form.querySelector<HTMLElement>('[data-together-count]');
  if (words) {
    words.dataset.empty ??= words.textContent ?? '';
    words.textContent = chosen ? say('chosen', chosen) : words.dataset.empty;
  }
  for (const box of boxes) box.closest('tr')?.classList.toggle('is-picked', box.checked);
  const all = document.querySelector<HTMLInputElement>(`[data-pick-all="${CSS.escape(form.id)}"]`);
  if (all) {
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
}

function tellAll(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-together]')) tell(form);
  for (const place of document.querySelectorAll<HTMLElement>('[data-pick-all-place]')) place.hidden = false;
}

export function startTogether(): void {
  tellAll();
  document.addEventListener('linli:swapped', tellAll);
  window.addEventListener('pageshow', tellAll);
  document.addEventListener('change', (event) => {
    const box = event.target instanceof HTMLInputElement ? event.target : null;
    if (!box) return;
    if (box.dataset.pickAll !== undefined) {
      const form = document.getElementById(box.dataset.pickAll);
      if (form instanceof HTMLFormElement) for (const each of boxesOf(form)) each.checked = box.checked;
      if (form instanceof HTMLFormElement) tell(form);
    } else if (box.dataset.pick !== undefined && box.form) tell(box.form);
  });
}
