// Grouped bars over time: drawn at the width there is, read with the arrow keys, and as a table.

import { fill, h, newId, svg } from '../core/dom.js';
import { short } from '../core/format.js';
import { ticks } from './scale.js';

const HEIGHT = 240;
const PAD = { top: 10, right: 4, bottom: 24, left: 44 };

/**
 * `series` are `{ name, look, value(item) }`; `label(item)` stands under the bars, `words(item)` is read
 * and shown for the bar under the pointer; `broken(item)` marks what could not be computed.
 */
export function barChart({ title, items, series, label, words, broken = () => false, signal }) {
  const id = newId('grafico');
  const readout = h('output.readout', { 'aria-live': 'polite' });
  // Its name is there before its width is known, and it is drawn.
  const names = [
    svg('title', { id: `${id}-titulo` }, title),
    svg(
      'desc',
      { id: `${id}-texto` },
      'Use as setas para ler cada período. Os mesmos números estão na tabela abaixo.',
    ),
  ];
  const image = svg(
    'svg',
    { role: 'img', tabindex: '0', 'aria-labelledby': `${id}-titulo ${id}-texto`, height: HEIGHT },
    names,
  );
  let at = -1;
  let width = 0;

  const point = (index) => {
    at = Math.max(-1, Math.min(items.length - 1, index));
    readout.textContent = at < 0 ? '' : words(items[at]);
    for (const [position, zone] of [...image.querySelectorAll('.zone')].entries())
      zone.classList.toggle('hot', position === at);
  };
  const draw = () => {
    fill(image, names, picture({ items, series, label, broken, width }));
    image.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
    point(at);
  };
  const slotAt = (event) => {
    const box = image.getBoundingClientRect();
    return Math.floor(((event.clientX - box.left - PAD.left) / (box.width - PAD.left - PAD.right)) * items.length);
  };
  image.addEventListener('pointermove', (event) => point(slotAt(event)));
  image.addEventListener('pointerdown', (event) => point(slotAt(event)));
  image.addEventListener('pointerleave', () => point(-1));
  image.addEventListener('keydown', (event) => {
    const step = {
      ArrowRight: at + 1,
      ArrowLeft: at < 0 ? items.length - 1 : Math.max(0, at - 1),
      Home: 0,
      End: items.length - 1,
    }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    point(step);
  });
  const watcher = new ResizeObserver(([entry]) => {
    const next = Math.max(240, Math.round(entry.contentRect.width));
    if (next === width) return;
    width = next;
    draw();
  });
  const legend = h(
    'div.legend',
    null,
    series.map(({ name, look }) => h('span', null, h('i', { class: look }), name)),
  );
  const element = h('figure.chart', null, image, h('figcaption.chart-foot', null, legend, readout));
  watcher.observe(element);
  signal?.addEventListener('abort', () => watcher.disconnect());
  return element;
}

function picture({ items, series, label, broken, width }) {
  const highest = Math.max(0, ...items.flatMap((item) => series.map(({ value }) => value(item))));
  const steps = ticks(highest);
  const top = steps.at(-1);
  const right = width - PAD.right;
  const floor = HEIGHT - PAD.bottom;
  const y = (value) => floor - (value / top) * (floor - PAD.top);
  const slot = (right - PAD.left) / Math.max(1, items.length);
  const bar = Math.max(2, Math.min(26, (slot * 0.72) / series.length));
  const every = Math.max(1, Math.ceil(52 / slot));

  const lines = steps.map((step) => [
    svg('line', {
      class: step === 0 ? 'baseline' : 'gridline',
      x1: PAD.left,
      x2: right,
      y1: Math.round(y(step)),
      y2: Math.round(y(step)),
    }),
    svg('text', { x: PAD.left - 8, y: y(step) + 4, 'text-anchor': 'end' }, short(step)),
  ]);
  const groups = items.map((item, index) => {
    const left = PAD.left + index * slot;
    const start = left + (slot - bar * series.length) / 2;
    const bars = broken(item)
      ? svg('rect', {
          class: 'missing',
          x: start,
          y: PAD.top + 8,
          width: bar * series.length,
          height: floor - PAD.top - 8,
          rx: 3,
        })
      : series.map(({ look, value }, position) => {
          const height = Math.max(value(item) > 0 ? 1.5 : 0, floor - y(value(item)));
          return svg('path', {
            class: look,
            d: column(start + position * bar + 0.5, floor, Math.max(1, bar - 1), height),
          });
        });
    const isLabelled = index % every === 0 && left + slot / 2 + 16 <= width;
    return [
      svg('rect.zone', { x: left, y: PAD.top, width: slot, height: floor - PAD.top, fill: 'transparent', rx: 3 }),
      bars,
      isLabelled && svg('text', { x: left + slot / 2, y: HEIGHT - 6, 'text-anchor': 'middle' }, label(item)),
    ];
  });
  return [lines, groups];
}

// A bar with its upper corners rounded.
function column(x, floor, width, height) {
  const r = Math.min(3, width / 2, height);
  return `M${x} ${floor}v${-(height - r)}q0 ${-r} ${r} ${-r}h${width - 2 * r}q${r} 0 ${r} ${r}v${height - r}z`;
}
