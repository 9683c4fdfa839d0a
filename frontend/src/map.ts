/**
 * Maps of our own shapes: no tiles, no other host. Areas come as GeoJSON from the server, coloured by a count, with pins on top.
 *
 * Coordinates are CGCS2000, at street scale the same as WGS-84; a picked point is said to be WGS-84.
 */
import 'maplibre-gl/dist/maplibre-gl.css';
import './styles/map.css';
import {
  AttributionControl,
  LngLatBounds,
  Map as MapView,
  Marker,
  NavigationControl,
  Popup,
  setWorkerUrl,
  type ExpressionSpecification,
  type GeoJSONSource,
  type MapMouseEvent,
  type StyleSpecification,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { Feature, FeatureCollection, Geometry, Position } from 'geojson';
import { say } from './behaviours/words';

setWorkerUrl(workerUrl);

const RAMP = ['#f4f6f2', '#d3e5e2', '#a5cbc8', '#6ba9a7', '#2f7f82'] as const;
const LHASA: [number, number] = [91.13, 29.653];
const LABELS_MAX = 120;

interface AreaProperties {
  code?: string;
  name?: string;
  value?: number;
  late?: number;
  href?: string;
  label?: [number, number];
}

interface Pin {
  lng: number;
  lat: number;
  label?: string;
  tone?: '' | 'late' | 'soon' | 'over';
  words?: string;
  href?: string;
}

type Areas = FeatureCollection<Geometry, AreaProperties>;

function positions(geometry: Geometry): Position[] {
  switch (geometry.type) {
    case 'Point':
      return [geometry.coordinates];
    case 'LineString':
    case 'MultiPoint':
      return geometry.coordinates;
    case 'Polygon':
    case 'MultiLineString':
      return geometry.coordinates.flat();
    case 'MultiPolygon':
      return geometry.coordinates.flat(2);
    default:
      return geometry.geometries.flatMap(positions);
  }
}

function boundsOf(places: Iterable<Position>): LngLatBounds | null {
  const bounds = new LngLatBounds();
  for (const [lng, lat] of places) if (lng !== undefined && lat !== undefined) bounds.extend([lng, lat]);
  return bounds.isEmpty() ? null : bounds;
}

/** Middle of the largest ring; good enough for a name. */
function labelPoint(feature: Feature<Geometry, AreaProperties>): [number, number] | null {
  if (feature.properties.label) return feature.properties.label;
  const center = boundsOf(positions(feature.geometry))?.getCenter();
  return center ? [center.lng, center.lat] : null;
}

function breaksOf(areas: Areas): number[] {
  const values = [...new Set(areas.features.map((each) => each.properties.value ?? 0).filter((value) => value > 0))].sort((a, b) => a - b);
  if (values.length < RAMP.length) return values;
  return [0, 0.25, 0.5, 0.75].map((share) => values[Math.floor(share * values.length)] ?? 1).filter((value, at, all) => at === 0 || value > (all[at - 1] ?? 0));
}

function fillOf(breaks: number[]): string | ExpressionSpecification {
  if (!breaks.length) return RAMP[0];
  const steps = breaks.flatMap((from, at) => [from, RAMP[Math.min(at + 1, RAMP.length - 1)] ?? RAMP[4]]);
  return ['step', ['to-number', ['get', 'value'], 0], RAMP[0], ...steps] as ExpressionSpecification;
}

function styleOf(areas: Areas): StyleSpecification {
  return {
    version: 8,
    sources: { areas: { type: 'geojson', data: areas, promoteId: 'code' } },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': '#e9e7df' } },
      { id: 'areas', type: 'fill', source: 'areas', paint: { 'fill-color': fillOf(breaksOf(areas)), 'fill-opacity': 0.92 } },
      { id: 'edges', type: 'line', source: 'areas', paint: { 'line-color': '#5b6a6c', 'line-width': ['interpolate', ['linear'], ['zoom'], 10, 0.5, 15, 1.5] } },
      {
        id: 'late-edges',
        type: 'line',
        source: 'areas',
        filter: ['>', ['to-number', ['get', 'late'], 0], 0],
        paint: { 'line-color': '#a8201a', 'line-width': 2.5, 'line-offset': 1.5, 'line-dasharray': [3, 1.5] },
      },
      {
        id: 'under-pointer',
        type: 'line',
        source: 'areas',
        paint: { 'line-color': '#08434a', 'line-width': ['case', ['boolean', ['feature-state', 'over'], false], 3, 0] },
      },
    ],
  };
}

/** Names are HTML: the map's own letters cannot stack Tibetan. Only what fits on the screen is written. */
class Labels {
  private readonly marks: { mark: Marker; at: [number, number]; width: number }[] = [];
  private readonly shown = new Set<Marker>();

  constructor(
    private readonly view: MapView,
    areas: Areas,
  ) {
    const features = [...areas.features].sort((a, b) => (b.properties.value ?? 0) - (a.properties.value ?? 0));
    for (const feature of features) {
      const at = labelPoint(feature);
      if (!at || !feature.properties.name) continue;
      const box = document.createElement('div');
      box.className = 'map-label';
      box.textContent = feature.properties.name;
      const { value, late } = feature.properties;
      if (value) {
        const count = document.createElement('strong');
        count.textContent = String(value);
        if (late) {
          const mark = document.createElement('span');
          mark.className = 'is-late';
          mark.textContent = ` ▲${late}`;
          count.append(mark);
        }
        box.append(count);
      }
      this.marks.push({ mark: new Marker({ element: box }).setLngLat(at), at, width: feature.properties.name.length * 15 + 12 });
    }
    this.place();
    view.on('moveend', this.follow);
  }

  private readonly follow = (): void => this.place();

  remove(): void {
    this.view.off('moveend', this.follow);
    this.shown.forEach((mark) => mark.remove());
  }

  private place(): void {
    const taken: { x: number; y: number; width: number }[] = [];
    const { clientWidth, clientHeight } = this.view.getContainer();
    for (const { mark, at, width } of this.marks) {
      const { x, y } = this.view.project(at);
      const inside = x > 0 && y > 0 && x < clientWidth && y < clientHeight;
      const free = inside && taken.length < LABELS_MAX && taken.every((other) => Math.abs(other.x - x) > (other.width + width) / 2 || Math.abs(other.y - y) > 38);
      if (free) {
        taken.push({ x, y, width });
        if (!this.shown.has(mark)) mark.addTo(this.view);
        this.shown.add(mark);
      } else if (this.shown.delete(mark)) mark.remove();
    }
  }
}

function legend(box: HTMLElement, areas: Areas): void {
  const breaks = breaksOf(areas);
  if (!breaks.length) return;
  const part = document.createElement('div');
  part.className = 'map-legend';
  const list = document.createElement('ul');
  const line = (color: string, words: string) => {
    const item = document.createElement('li');
    const patch = document.createElement('i');
    patch.style.background = color;
    item.append(patch, words);
    list.append(item);
  };
  line(RAMP[0], '0');
  breaks.forEach((from, at) => {
    const to = breaks[at + 1];
    line(RAMP[Math.min(at + 1, RAMP.length - 1)] ?? RAMP[4], to === undefined ? `≥ ${from}` : to - 1 > from ? `${from}–${to - 1}` : String(from));
  });
  part.append(list);
  if (areas.features.some((each) => each.properties.late)) {
    const late = document.createElement('div');
    late.className = 'text-late';
    late.textContent = say('map_late');
    part.append(late);
  }
  box.append(part);
}

function pinMark(view: MapView, pin: Pin): Marker {
  const mark = document.createElement(pin.href ? 'a' : 'div');
  mark.className = 'map-pin-holder';
  if (pin.href && mark instanceof HTMLAnchorElement) mark.href = pin.href;
  const shape = document.createElement('div');
  shape.className = `map-mark ${pin.tone ? `is-${pin.tone}` : ''}`;
  const words = document.createElement('span');
  words.textContent = pin.label ?? '';
  shape.append(words);
  mark.append(shape);
  // A plain box may carry no name; a picture may.
  if (!pin.href) mark.setAttribute('role', 'img');
  mark.setAttribute('aria-label', pin.words ?? pin.label ?? say('map_pin'));
  const marker = new Marker({ element: mark, anchor: 'bottom' }).setLngLat([pin.lng, pin.lat]);
  if (pin.words && !pin.href) marker.setPopup(new Popup({ offset: 28, maxWidth: '18rem' }).setText(pin.words));
  return marker.addTo(view);
}

function numberIn(selector: string | undefined): number | null {
  const field = selector ? document.querySelector<HTMLInputElement>(selector) : null;
  const value = field?.value ? Number(field.value) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

/** Pick a point: by a tap, by dragging, or with the arrow keys and Enter (the middle of the map). */
function picking(box: HTMLElement, view: MapView): void {
  const { lng: lngSelector, lat: latSelector, datum: datumSelector } = box.dataset;
  if (!lngSelector || !latSelector) return;
  const lngField = document.querySelector<HTMLInputElement>(lngSelector);
  const latField = document.querySelector<HTMLInputElement>(latSelector);
  const datumField = datumSelector ? document.querySelector<HTMLInputElement>(datumSelector) : null;
  if (!lngField || !latField) return;
  const words = document.createElement('div');
  words.className = 'map-words';
  words.setAttribute('role', 'status');
  words.textContent = say('map_pick');
  box.append(words);
  let marker: Marker | null = null;
  const movable = (lng: number, lat: number) => {
    const fresh = pinMark(view, { lng, lat }).setDraggable(true);
    fresh.on('dragend', () => put(fresh.getLngLat().lng, fresh.getLngLat().lat));
    return fresh;
  };
  const put = (lng: number, lat: number, { told = true } = {}) => {
    marker ??= movable(lng, lat);
    marker.setLngLat([lng, lat]);
    words.textContent = say('map_picked');
    if (!told) return;
    lngField.value = lng.toFixed(6);
    latField.value = lat.toFixed(6);
    if (datumField) datumField.value = 'WGS84';
    latField.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const read = (fly: boolean) => {
    const lng = numberIn(lngSelector);
    const lat = numberIn(latSelector);
    if (lng === null || lat === null) return;
    put(lng, lat, { told: false });
    if (fly) view.easeTo({ center: [lng, lat], zoom: Math.max(view.getZoom(), 16) });
  };
  read(true);
  lngField.addEventListener('change', () => read(true));
  view.on('click', (event: MapMouseEvent) => put(event.lngLat.lng, event.lngLat.lat));
  view.getCanvas().addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    const center = view.getCenter();
    put(center.lng, center.lat);
  });
}

function hovering(view: MapView, box: HTMLElement): void {
  let over: string | number | undefined;
  const leave = () => {
    if (over !== undefined) view.setFeatureState({ source: 'areas', id: over }, { over: false });
    over = undefined;
    view.getCanvas().style.cursor = '';
  };
  view.on('mousemove', 'areas', (event) => {
    const feature = event.features?.[0];
    if (feature?.id === undefined || feature.id === over) return;
    leave();
    over = feature.id;
    view.setFeatureState({ source: 'areas', id: over }, { over: true });
    if (hrefOf(box, feature.properties as AreaProperties)) view.getCanvas().style.cursor = 'pointer';
  });
  view.on('mouseleave', 'areas', leave);
  view.on('click', 'areas', (event) => {
    const href = hrefOf(box, (event.features?.[0]?.properties ?? {}) as AreaProperties);
    if (href && !box.dataset.lng) location.assign(href);
  });
}

function hrefOf(box: HTMLElement, area: AreaProperties): string {
  const href = area.href ?? (area.code && box.dataset.href ? box.dataset.href.replace('CODE', encodeURIComponent(area.code)) : '');
  return href.startsWith('/') || href.startsWith('?') ? href : '';
}

async function json<T>(source: string | undefined, fallback: T): Promise<T> {
  if (!source) return fallback;
  if (source.startsWith('#')) return JSON.parse(document.querySelector(source)?.textContent ?? 'null') ?? fallback;
  const answer = await fetch(source, { credentials: 'same-origin' });
  if (!answer.ok) throw new Error(`${source}: ${answer.status}`);
  return (await answer.json()) as T;
}

/** Counts that came apart from the shapes: {code: [value, late]}. */
function withCounts(areas: Areas, counts: Record<string, [number, number] | number>, { isWhole = false } = {}): Areas {
  for (const { properties } of areas.features) {
    const count = counts[properties.code ?? ''] ?? (isWhole ? 0 : undefined);
    if (count === undefined) continue;
    [properties.value, properties.late] = typeof count === 'number' ? [count, isWhole ? 0 : (properties.late ?? 0)] : count;
  }
  return areas;
}

async function draw(box: HTMLElement): Promise<void> {
  box.dataset.drawn = '';
  const [shapes, pins, counts] = await Promise.all([
    json<Areas>(box.dataset.layer, { type: 'FeatureCollection', features: [] }),
    json<Pin[]>(box.dataset.pins, []),
    json<Record<string, [number, number] | number>>(box.dataset.counts, {}),
  ]);
  const areas = withCounts(shapes, counts);
  const center = (box.dataset.center?.split(',').map(Number) as [number, number] | undefined) ?? LHASA;
  const bounds = boundsOf([...areas.features.flatMap((each) => positions(each.geometry)), ...(areas.features.length ? [] : pins.map((pin) => [pin.lng, pin.lat]))]);
  const view = new MapView({
    container: box,
    style: styleOf(areas),
    center,
    zoom: Number(box.dataset.zoom ?? 13),
    ...(bounds && !box.dataset.center ? { bounds, fitBoundsOptions: { padding: 24, maxZoom: 17 } } : {}),
    maxZoom: 19,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    // On a phone one finger scrolls the page, two move the map, unless a point is being picked.
    cooperativeGestures: box.dataset.lng === undefined && matchMedia('(pointer: coarse)').matches,
    locale: {
      'Map.Title': box.getAttribute('aria-label') ?? say('map'),
      'NavigationControl.ZoomIn': say('zoom_in'),
      'NavigationControl.ZoomOut': say('zoom_out'),
      'CooperativeGesturesHandler.MobileHelpText': say('map_two_fingers'),
      'CooperativeGesturesHandler.WindowsHelpText': say('map_ctrl'),
      'CooperativeGesturesHandler.MacHelpText': say('map_ctrl'),
      'Popup.Close': say('close'),
      'Marker.Title': say('map_pin'),
    },
  });
  view.touchZoomRotate.disableRotation();
  view.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  if (box.dataset.source) view.addControl(new AttributionControl({ customAttribution: box.dataset.source, compact: true }));
  await new Promise<void>((ready) => void view.once('load', () => ready()));
  let labels = new Labels(view, areas);
  legend(box, areas);
  pins.forEach((pin) => pinMark(view, pin));
  hovering(view, box);
  picking(box, view);
  box.dataset.drawn = 'ready';
  const told = () => (box.dataset.counts?.startsWith('#') ? (document.querySelector(box.dataset.counts)?.textContent ?? '') : '');
  let shown = told();
  const follow = () => {
    if (!box.isConnected) {
      // A browser draws a dozen maps at most; one that is gone makes room.
      document.removeEventListener('linli:swapped', follow);
      view.remove();
      return;
    }
    const now = told();
    if (!now || now === shown) return;
    // The numbers changed, the shapes did not: the map stays where the reader has moved it.
    shown = now;
    const fresh = withCounts(areas, JSON.parse(now) as Record<string, [number, number]>, { isWhole: true });
    view.getSource<GeoJSONSource>('areas')?.setData(fresh);
    view.setPaintProperty('areas', 'fill-color', fillOf(breaksOf(fresh)));
    labels.remove();
    labels = new Labels(view, fresh);
    box.querySelector('.map-legend')?.remove();
    legend(box, fresh);
  };
  document.addEventListener('linli:swapped', follow);
}

/** Draw every map on the page that is not drawn yet. */
export function drawMaps(): void {
  for (const box of document.querySelectorAll<HTMLElement>('[data-map]:not([data-drawn])')) {
    draw(box).catch((fault: unknown) => {
      console.error(fault);
      const words = document.createElement('p');
      words.className = 'map-failed';
      words.textContent = say('map_failed');
      box.replaceChildren(words);
    });
  }
}
