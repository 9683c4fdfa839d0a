/** A list of boxes that a search swaps keeps what was ticked, also what was ticked while the answer was on its way. */

const KEEPS = '.units';

interface Picked {
  row: HTMLElement;
  marks: Map<string, boolean>; // by id, as they stood: two lists of one radio group undo each other
}

let kept: Picked[] = [];

function marksOf(row: HTMLElement): Map<string, boolean> {
  return new Map([...row.querySelectorAll<HTMLInputElement>('input')].map((input) => [input.id, input.checked]));
}

function placeOf(event: Event): HTMLElement | null {
  const place = (event as CustomEvent<{ target: HTMLElement }>).detail.target;
  return place.matches(KEEPS) ? place : null;
}

function remember(event: Event): void {
  const place = placeOf(event);
  const rows = place ? [...place.children].filter((row): row is HTMLElement => row instanceof HTMLElement) : [];
  kept = rows.map((row) => ({ row, marks: marksOf(row) })).filter(({ marks }) => [...marks.values()].includes(true));
}

function putBack(event: Event): void {
  const place = placeOf(event);
  if (!place) return;
  for (const { row, marks } of kept.reverse()) {
    if (![...marks.keys()].every((id) => place.querySelector(`#${id}`))) place.prepend(row);
    for (const [id, isChecked] of marks) {
      const input = place.querySelector<HTMLInputElement>(`#${id}`);
      if (input && (isChecked || input.type === 'checkbox')) input.checked = isChecked;
    }
  }
  kept = [];
}

export function startPicks(): void {
  document.addEventListener('htmx:beforeSwap', remember);
  document.addEventListener('htmx:afterSwap', putBack);
}
