/** A button with data-confirm says first what will happen and who will be told. */
import { say } from './words';

const agreed = new WeakSet<HTMLElement>();

function ask(words: string, yes: string, onYes: () => void): void {
  const box = document.createElement('dialog');
  box.className = 'box';
  const text = document.createElement('p');
  text.className = 'box-body';
  text.id = 'linli-confirm-words';
  text.textContent = words;
  box.setAttribute('aria-labelledby', text.id);
  const foot = document.createElement('div');
  foot.className = 'box-foot';
  const no = document.createElement('button');
  const go = document.createElement('button');
  no.type = go.type = 'button';
  no.className = 'btn';
  go.className = 'btn btn-primary';
  no.textContent = say('no');
  go.textContent = yes;
  no.addEventListener('click', () => box.close());
  go.addEventListener('click', () => {
    box.close();
    onYes();
  });
  box.addEventListener('close', () => box.remove());
  foot.append(no, go);
  box.append(text, foot);
  document.body.append(box);
  box.showModal();
}

export function startConfirm(): void {
  document.addEventListener(
    'click',
    (event) => {
      const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-confirm]') : null;
      if (!button || agreed.delete(button)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(button.dataset.confirm ?? '', button.dataset.yes ?? button.textContent?.trim() ?? say('yes'), () => {
        agreed.add(button);
        button.click();
      });
    },
    true,
  );
}
