// Icons from one file; always beside words, or in a button that has a label.

import { svg } from '../core/dom.js';

export function icon(name) {
  return svg('svg.icon', { 'aria-hidden': 'true', focusable: 'false' }, svg('use', { href: `/img/icons.svg#${name}` }));
}
