// The first of something, each with a bar.

import { h, svg } from '../core/dom.js';

/** `{ href, title, value, words }` for each line; a bar is as long as its value's part of the highest. */
export function ranking(
  entries,
  { look = '', highest = Math.max(...entries.map((entry) => entry.value), 0) || 1 } = {},
) {
  return h(
    'ol.ranking',
    null,
    entries.map((entry) =>
      h(
        'li',
        null,
        h(
          'div.line',
          null,
          h('a', { href: entry.href, title: entry.title }, entry.title),
          h('span.nowrap', null, entry.words),
        ),
        svg(
          'svg',
          { viewBox: '0 0 100 4', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
          svg('rect.track', { width: 100, height: 4 }),
          svg('rect.fill', { width: Math.max(0, (entry.value / highest) * 100), height: 4, class: look }),
        ),
      ),
    ),
  );
}
