// How a whole divides: one bar in pieces.

import { svg } from '../core/dom.js';

/** `{ value, tone }` for each piece; the words stand beside it, so the picture is hidden from readers. */
export function partsBar(parts) {
  const total = parts.reduce((sum, part) => sum + part.value, 0);
  let x = 0;
  const pieces = parts
    .filter((part) => part.value > 0)
    .map((part) => {
      const width = (part.value / total) * 100;
      const piece = svg('rect', { class: `tone-${part.tone}`, x, width: Math.max(0.4, width - 0.35), height: 4 });
      x += width;
      return piece;
    });
  return svg('svg.states-bar', { viewBox: '0 0 100 4', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, pieces);
}
