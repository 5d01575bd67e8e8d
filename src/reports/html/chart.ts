import { BarChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, VisualMapComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { BarChart as Bars, Chart, HeatmapChart as Heatmap, XyChart } from '../document.ts';
import { formatNumber } from '../format.ts';

echarts.use([
  BarChart,
  LineChart,
  ScatterChart,
  HeatmapChart,
  GridComponent,
  LegendComponent,
  VisualMapComponent,
  SVGRenderer,
]);

type Option = Record<string, unknown>;

/** Of Okabe and Ito: told apart by people who see colours differently, and on light and dark grounds. */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00'];
/** Reads on white and on black. */
const INK = '#7a7f87';
const WIDTH = 720;
const ROW_HEIGHT = 22;

/** The chart as an SVG element without scripts; the same chart gives the same text. */
export function chartSvg(chart: Chart): string {
  const height = heightOf(chart);
  const drawing = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    drawing.setOption({
      animation: false,
      color: COLORS,
      textStyle: { color: INK, fontFamily: 'inherit' },
      ...optionOf(chart),
    });
    return stableIds(drawing.renderToSVGString());
  } finally {
    drawing.dispose();
  }
}

/** The library numbers its clip paths and classes through the life of the process. */
function stableIds(svg: string): string {
  const names = new Map<string, string>();
  return svg.replace(/\bzr\d+-[a-z]+-?\d*/g, (name) => {
    let stable = names.get(name);
    if (stable === undefined) names.set(name, (stable = `c${names.size}`));
    return stable;
  });
}

function heightOf(chart: Chart): number {
  if (chart.type === 'bar' && chart.horizontal)
    return 80 + chart.categories.length * ROW_HEIGHT * Math.max(1, chart.series.length * 0.7);
  if (chart.type === 'heatmap') return 120 + Math.max(4, chart.y.categories.length) * 36;
  return 320;
}

function optionOf(chart: Chart): Option {
  switch (chart.type) {
    case 'bar':
      return barOption(chart);
    case 'heatmap':
      return heatmapOption(chart);
    default:
      return xyOption(chart);
  }
}

function axis(more: Option): Option {
  return {
    nameLocation: 'middle',
    nameTextStyle: { color: INK },
    axisLabel: { color: INK, hideOverlap: true },
    axisLine: { lineStyle: { color: INK } },
    splitLine: { lineStyle: { color: INK, opacity: 0.2 } },
    ...more,
  };
}

const NUMBER_LABEL = { color: INK, hideOverlap: true, formatter: (value: number) => formatNumber(value) };
const TIME_LABEL = {
  color: INK,
  hideOverlap: true,
  formatter: (value: number) => new Date(value).toISOString().slice(0, 10),
};

function legend(names: readonly string[]): Option {
  return names.length > 1 ? { legend: { data: names, top: 0, textStyle: { color: INK } } } : {};
}

function xyOption({ type, x, y, series }: XyChart): Option {
  const scatterSize = series.some(({ points }) => points.length > 500) ? 3 : 5;
  return {
    ...legend(series.map(({ name }) => name)),
    grid: { left: 70, right: 24, top: series.length > 1 ? 36 : 16, bottom: 48 },
    // Instants on an axis of numbers, labelled in UTC: a time axis would use the zone of the machine.
    xAxis: axis({
      type: 'value',
      name: x.label,
      nameGap: 30,
      scale: true,
      axisLabel: x.scale === 'time' ? TIME_LABEL : NUMBER_LABEL,
    }),
    yAxis: axis({ type: 'value', name: y.label, nameGap: 54, scale: true, axisLabel: NUMBER_LABEL }),
    series: series.map(({ name, points, reference }) => ({
      name,
      data: points,
      type: reference ? 'line' : type,
      showSymbol: false,
      symbolSize: scatterSize,
      ...(reference ? { lineStyle: { color: INK, width: 1, type: 'dashed' }, itemStyle: { color: INK } } : {}),
      ...(type === 'scatter' && !reference ? { itemStyle: { opacity: 0.5 } } : {}),
    })),
  };
}

function barOption({ horizontal, categories, value, series }: Bars): Option {
  const names = axis({
    type: 'category',
    data: categories,
    inverse: horizontal === true,
    axisLabel: { color: INK, interval: horizontal ? 0 : 'auto' },
  });
  const values = axis({ type: 'value', name: value.label, nameGap: horizontal ? 28 : 54, axisLabel: NUMBER_LABEL });
  const widest = Math.max(0, ...categories.map((name) => name.length));
  return {
    ...legend(series.map(({ name }) => name)),
    grid: {
      left: horizontal ? Math.min(260, 30 + widest * 7) : 70,
      right: 24,
      top: series.length > 1 ? 36 : 16,
      bottom: 48,
    },
    xAxis: horizontal ? values : names,
    yAxis: horizontal ? names : values,
    series: series.map(({ name, values: data }) => ({ name, type: 'bar', data, barMaxWidth: 28 })),
  };
}

function heatmapOption({ x, y, values }: Heatmap): Option {
  const most = Math.max(1, ...values.flat());
  const cells = values.flatMap((row, iy) => row.map((value, ix) => [ix, iy, value]));
  const widest = Math.max(0, ...y.categories.map((name) => name.length));
  return {
    grid: { left: Math.min(240, 60 + widest * 7), right: 24, top: 16, bottom: 56 },
    xAxis: axis({ type: 'category', data: x.categories, name: x.label, nameGap: 30 }),
    yAxis: axis({
      type: 'category',
      data: y.categories,
      name: y.label,
      nameGap: Math.min(200, 24 + widest * 7),
      inverse: true,
    }),
    visualMap: { show: false, min: 0, max: most, inRange: { color: ['#eaf3fa', '#0072b2'] } },
    series: [
      {
        type: 'heatmap',
        data: cells.map(([ix, iy, value]) => ({
          value: [ix, iy, value],
          label: { show: true, formatter: formatNumber(value!), color: value! > most / 2 ? '#ffffff' : '#1b1f24' },
        })),
      },
    ],
  };
}
