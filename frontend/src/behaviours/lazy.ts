/** Maps and charts are loaded only by pages that have one. */

export function startLazy(): void {
  const look = () => {
    if (document.querySelector('[data-map]:not([data-drawn])')) void import('../map').then((module) => module.drawMaps());
    if (document.querySelector('[data-chart]:not([data-drawn])')) void import('../chart').then((module) => module.drawCharts());
  };
  look();
  document.addEventListener('linli:swapped', look);
}

/** "Use my position": asks the phone, fills the fields the button names, and tells the map beside it. */
export function startPosition(say: (key: string) => string): void {
  for (const button of document.querySelectorAll<HTMLElement>('[data-locate]')) button.hidden = !('geolocation' in navigator);
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-locate]') : null;
    if (!button) return;
    const [lngField, latField] = (button.dataset.locate ?? '').split(',').map((each) => document.querySelector<HTMLInputElement>(each.trim()));
    const words = document.querySelector<HTMLElement>(button.dataset.words ?? '[data-locate-words]');
    const tell = (text: string) => words && (words.textContent = text);
    tell(say('locating'));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        if (lngField) lngField.value = coords.longitude.toFixed(6);
        if (latField) latField.value = coords.latitude.toFixed(6);
        lngField?.dispatchEvent(new Event('change', { bubbles: true }));
        tell(say('located'));
      },
      () => tell(say('locate_failed')),
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
    );
  });
}
