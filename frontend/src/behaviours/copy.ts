/** A button with data-copy puts a field's words on the clipboard; without a clipboard it selects them, ready to be copied. */

async function copy(field: HTMLInputElement): Promise<boolean> {
  field.focus();
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    // No clipboard outside https: the old command still works on what is selected.
    return document.execCommand('copy');
  }
}

export function startCopy(): void {
  for (const button of document.querySelectorAll<HTMLElement>('[data-copy]')) button.hidden = false;
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-copy]') : null;
    const field = button && document.querySelector<HTMLInputElement>(button.dataset.copy ?? '');
    if (!button || !field) return;
    void copy(field).then((done) => {
      const words = button.querySelector('span');
      if (done && words) words.textContent = button.dataset.copied ?? '';
    });
  });
}
