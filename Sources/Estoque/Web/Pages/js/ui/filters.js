// The filters above a list; on a phone only the first ones, until the others are asked for.

import { h } from '../core/dom.js';
import { button } from './button.js';

/** `first` are always seen, `rest` behind a button where there is little room. */
export function filterBar(label, first, rest = []) {
  const more = h('div.filters.more', null, rest);
  const toggle = button('Mais filtros', { icon: 'adjust', kind: 'small', 'aria-expanded': 'false' });
  toggle.addEventListener('click', () => {
    const isOpen = more.classList.toggle('open');
    toggle.setAttribute('aria-expanded', String(isOpen));
  });
  const isSet = rest.some(({ input }) => input && (input.type === 'checkbox' ? input.checked : input.value));
  if (isSet) toggle.click();
  return h(
    'div.filters',
    { role: 'search', 'aria-label': label },
    first,
    rest.length > 0 && [h('div.filters-toggle', null, toggle), more],
  );
}
