// Lists by cursor: more rows come when the end is seen, or by a button.

import { fill, h } from '../core/dom.js';
import { count } from '../core/format.js';
import { isAbort } from '../core/problem.js';
import { button } from './button.js';
import { skeleton, trouble } from './states.js';
import { table, tableRow } from './table.js';
import { failed } from './toast.js';

/**
 * `page(after, signal)` brings `{ items, next, total }`. Returns the element, with `reload()`, and
 * `put(item)` for an item that changed or is new.
 */
export function list({ caption, columns, href, page, empty, signal, idOf = (row) => row.id }) {
  const content = h('div', { 'aria-live': 'off' });
  const status = h('span', { role: 'status' });
  const more = button('Carregar mais', { kind: 'small', press: () => next() });
  const foot = h('div.list-foot', { hidden: true }, status, more);
  const element = h('div', null, content, foot);
  let state;
  const watcher = new IntersectionObserver(
    (entries) => {
      if (entries.some((entry) => entry.isIntersecting) && state?.after) next().catch(failed);
    },
    { rootMargin: '400px' },
  );
  watcher.observe(foot);
  signal?.addEventListener('abort', () => {
    watcher.disconnect();
    state?.control.abort();
  });

  const say = () => {
    const known = state.rows.size;
    foot.hidden = known === 0;
    more.hidden = !state.after;
    status.textContent =
      state.total > known
        ? `${count(known)} de ${count(state.total)}`
        : known === 1
          ? '1 item'
          : `${count(known)} itens`;
  };
  const show = (items) => {
    for (const item of items) {
      const row = tableRow(columns, item, href);
      state.rows.set(idOf(item), row);
      state.body.append(row);
    }
  };
  const next = async () => {
    const mine = state;
    if (mine.busy) return;
    mine.busy = true;
    try {
      const result = await page(mine.after, mine.control.signal);
      if (mine !== state) return;
      if (!mine.body) {
        if (result.items.length === 0) fill(content, empty());
        else {
          fill(content, table({ caption, columns, rows: [], href }));
          mine.body = content.querySelector('tbody');
        }
      }
      // Some lists tell their length with the first part only.
      Object.assign(mine, { after: result.next, total: result.total ?? mine.total });
      show(result.items);
      say();
    } catch (error) {
      if (isAbort(error) || error.status === 401 || mine !== state) return;
      if (mine.rows.size === 0) fill(content, trouble(error, element.reload));
      else throw error;
    } finally {
      mine.busy = false;
      content.removeAttribute('aria-busy');
    }
  };

  element.reload = () => {
    state?.control.abort();
    state = { after: undefined, rows: new Map(), body: null, total: 0, busy: false, control: new AbortController() };
    content.setAttribute('aria-busy', 'true');
    if (!content.querySelector('table')) fill(content, skeleton(6));
    return next();
  };
  element.put = (item, { isNew = true } = {}) => {
    if (!state?.body) return isNew ? element.reload() : undefined;
    const row = tableRow(columns, item, href);
    const old = state.rows.get(idOf(item));
    if (!old && !isNew) return undefined;
    row.classList.add('fresh');
    if (old) old.replaceWith(row);
    else state.body.prepend(row);
    state.rows.set(idOf(item), row);
    if (!old) state.total += 1;
    return say();
  };
  element.ids = () => [...state.rows.keys()];
  return element;
}
