/** Large type at once, without losing the page; without script the form does the same by a round trip. */

export function startSwitches(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    if (form.dataset.typeSwitch === undefined) return;
    event.preventDefault();
    const large = document.documentElement.dataset.type !== 'large';
    if (large) document.documentElement.dataset.type = 'large';
    else delete document.documentElement.dataset.type;
    form.querySelector('button')?.setAttribute('aria-pressed', String(large));
    document.cookie = `linli_type=${large ? 'large' : 'normal'}; path=/; max-age=31536000; samesite=lax`;
  });
}

/** Menus made of <details> close when one looks elsewhere. */
export function startMenus(): void {
  const closeOthers = (target: EventTarget | null) => {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>('details.menu[open]')) {
      if (!(target instanceof Node && menu.contains(target))) menu.open = false;
    }
  };
  document.addEventListener('click', (event) => closeOthers(event.target));
  document.addEventListener('focusin', (event) => closeOthers(event.target));
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    const menu = document.querySelector<HTMLDetailsElement>('details.menu[open]');
    if (!menu) return;
    menu.open = false;
    menu.querySelector('summary')?.focus();
    event.stopImmediatePropagation();
  });
}

/** On a phone the bar shows four pages; its last button opens all of them, Escape or a look elsewhere closes them. */
export function startNav(): void {
  const more = document.querySelector<HTMLElement>('[data-nav-more]');
  const nav = more?.closest<HTMLElement>('nav');
  if (!more || !nav) return;
  const show = (isOpen: boolean) => {
    nav.classList.toggle('is-open', isOpen);
    more.setAttribute('aria-expanded', String(isOpen));
  };
  more.addEventListener('click', () => {
    show(!nav.classList.contains('is-open'));
    if (nav.classList.contains('is-open')) nav.querySelector<HTMLElement>('a')?.focus();
  });
  const closeFor = (event: Event) => {
    if (event.target instanceof Node && !nav.contains(event.target)) show(false);
  };
  document.addEventListener('click', closeFor);
  document.addEventListener('focusin', closeFor);
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !nav.classList.contains('is-open')) return;
    show(false);
    more.focus();
    event.stopImmediatePropagation();
  });
}

/** On a phone the filters of a list wait behind one button; a list that renews itself leaves them as they are. */
export function startFolds(): void {
  const page = document.documentElement;
  const tell = () => {
    for (const button of document.querySelectorAll('[data-fold]')) button.setAttribute('aria-expanded', String(page.dataset.filters !== undefined));
  };
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element && event.target.closest('[data-fold]'))) return;
    if (page.dataset.filters === undefined) page.dataset.filters = 'open';
    else delete page.dataset.filters;
    tell();
  });
  document.addEventListener('linli:swapped', tell);
}

/** A choice that needs no button: the form goes when something is chosen. */
export function startSubmitOnChange(): void {
  document.addEventListener('change', (event) => {
    const field = event.target instanceof HTMLSelectElement && event.target.dataset.submit !== undefined ? event.target : null;
    field?.form?.requestSubmit();
  });
}

/** A button pressed twice does one thing. */
export function startOnce(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.method !== 'post' || form.dataset.typeSwitch !== undefined) return;
    const button = (event as SubmitEvent).submitter;
    if (form.dataset.sending !== undefined) {
      event.preventDefault();
      return;
    }
    form.dataset.sending = '';
    button?.classList.add('is-busy');
    const ready = () => {
      delete form.dataset.sending;
      button?.classList.remove('is-busy');
    };
    setTimeout(ready, 8000);
    form.addEventListener('htmx:afterRequest', ready, { once: true });
  });
  window.addEventListener('pageshow', () => {
    document.querySelectorAll<HTMLElement>('form[data-sending]').forEach((form) => delete form.dataset.sending);
    document.querySelectorAll('.is-busy').forEach((button) => button.classList.remove('is-busy'));
  });
}
