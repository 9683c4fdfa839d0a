/** Charts on the boards, from a JSON script tag; the same numbers stand in a table beside them. */
import { BarChart, FunnelChart, LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, FunnelChart, LineChart, AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

const TONES = { accent: '#0d5a61', light: '#6ba9a7', soft: '#8b9092', late: '#a8201a', soon: '#b87700' } as const;

interface Series {
  name: string;
  values: (number | null)[];
  tone?: keyof typeof TONES;
}

interface Spec {
  kind: 'line' | 'bar' | 'stack' | 'across' | 'funnel';
  labels: string[];
  series: Series[];
  unit?: string;
  min?: number;
  max?: number;
  target?: number;
}

const ORDER = ['accent', 'light', 'soon', 'soft'] as const;

function toneOf(series: Series, at: number): string {
  return TONES[series.tone ?? ORDER[at % ORDER.length] ?? 'accent'];
}

function optionOf(spec: Spec, size: number, font: string): EChartsCoreOption {
  const text = { fontFamily: font, fontSize: size * 0.875, color: '#4d595c' };
  const shared = {
    animation: false,
    aria: { enabled: true, decal: { show: spec.kind === 'stack' } },
    textStyle: text,
    tooltip: { trigger: spec.kind === 'funnel' ? 'item' : 'axis', confine: true, textStyle: { ...text, color: '#1b2426' }, valueFormatter: (value: unknown) => (value == null ? '—' : `${value as number}${spec.unit ?? ''}`) },
  };
  if (spec.kind === 'funnel') {
    const first = spec.series[0];
    return {
      ...shared,
      series: [
        {
          type: 'funnel',
          sort: 'none',
          left: 8,
          right: 8,
          top: 8,
          bottom: 8,
          gap: 3,
          minSize: '22%',
          label: { ...text, position: 'inside', color: '#fff', formatter: '{b}  {c}' },
          data: spec.labels.map((name, at) => ({ name, value: first?.values[at] ?? 0, itemStyle: { color: TONES.accent, borderWidth: 0 } })),
        },
      ],
    };
  }
  const across = spec.kind === 'across';
  const words = { type: 'category', data: spec.labels, inverse: across, axisLabel: { ...text, hideOverlap: true }, axisTick: { show: false }, axisLine: { lineStyle: { color: '#8b9092' } } };
  const numbers = { type: 'value', min: spec.min, max: spec.max, minInterval: 1, axisLabel: { ...text, hideOverlap: true, formatter: `{value}${spec.unit ?? ''}` }, splitNumber: 4, splitLine: { lineStyle: { color: '#e6e4db' } } };
  return {
    ...shared,
    grid: { left: 4, right: 16, top: spec.series.length > 1 ? size * 2.25 : 12, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    legend: spec.series.length > 1 ? { top: 0, left: 0, icon: 'roundRect', itemWidth: 14, itemHeight: 10, textStyle: text } : undefined,
    xAxis: across ? numbers : words,
    yAxis: across ? words : numbers,
    series: spec.series.map((each, at) => ({
      name: each.name,
      type: spec.kind === 'line' ? 'line' : 'bar',
      stack: spec.kind === 'stack' ? 'all' : undefined,
      data: each.values,
      barMaxWidth: 28,
      symbol: ['circle', 'rect', 'triangle', 'diamond'][at % 4],
      symbolSize: 6,
      lineStyle: { width: 2.5, type: at % 2 ? 'dashed' : 'solid' },
      itemStyle: { color: toneOf(each, at), borderRadius: spec.kind === 'bar' ? [3, 3, 0, 0] : 0 },
      label: across ? { ...text, show: true, position: 'right', formatter: `{c}${spec.unit ?? ''}` } : undefined,
      markLine: at === 0 && spec.target !== undefined ? { silent: true, symbol: 'none', lineStyle: { color: '#7a4b00', type: 'dashed' }, label: { ...text, position: 'insideStartTop', formatter: `${spec.target}${spec.unit ?? ''}` }, data: [{ [across ? 'xAxis' : 'yAxis']: spec.target }] } : undefined,
    })),
  };
}

/** Draw every chart on the page that is not drawn yet: <div data-chart="#id-of-json-script">. */
export function drawCharts(): void {
  for (const box of document.querySelectorAll<HTMLElement>('[data-chart]:not([data-drawn])')) {
    const source = document.querySelector(box.dataset.chart ?? '')?.textContent;
    if (!source) continue;
    box.dataset.drawn = 'ready';
    const chart = init(box, null, { renderer: 'svg' });
    let told = source;
    let spec = JSON.parse(told) as Spec;
    const paint = () => {
      const style = getComputedStyle(document.documentElement);
      chart.setOption(optionOf(spec, Number.parseFloat(style.fontSize), getComputedStyle(box).fontFamily), { notMerge: true });
    };
    paint();
    const watcher = new ResizeObserver(() => {
      // The box left the page with a live swap: so does the chart.
      if (!box.isConnected) {
        watcher.disconnect();
        chart.dispose();
        return;
      }
      chart.resize();
      paint();
    });
    watcher.observe(box);
    document.addEventListener('linli:swapped', () => {
      const now = document.querySelector(box.dataset.chart ?? '')?.textContent;
      if (!box.isConnected || !now || now === told) return;
      told = now;
      spec = JSON.parse(now) as Spec;
      paint();
    });
  }
}
