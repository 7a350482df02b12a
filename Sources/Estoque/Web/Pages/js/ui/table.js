// Tables that become cards on a phone, without losing their meaning for screen readers.

import { h } from '../core/dom.js';
import { go } from '../core/router.js';

/**
 * Columns are `{ title, cell(row), end, place, hideTitle }`; `place` says where a cell stands on a card:
 * `lead` its title, `side` beside it, `bare` without a label, `form` with the label above.
 */
export function table({ caption, columns, rows, href, foot }) {
  const body = h(
    'tbody',
    { role: 'rowgroup' },
    rows.map((row) => tableRow(columns, row, href)),
  );
  return h(
    'div.table-wrap',
    null,
    h(
      'table.cards',
      { role: 'table' },
      h('caption', null, h('span.unseen', null, caption)),
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          columns.map((column) =>
            h(
              'th',
              { role: 'columnheader', scope: 'col', class: column.end ? 'num' : '' },
              column.hideTitle ? h('span.unseen', null, column.title) : column.title,
            ),
          ),
        ),
      ),
      body,
      foot && h('tfoot', { role: 'rowgroup' }, tableRow(columns, foot, null, true)),
    ),
  );
}

/** One row; a click anywhere in it follows `href(row)`. */
export function tableRow(columns, row, href, isFoot = false) {
  const element = h(
    'tr',
    { role: 'row', class: href ? 'link' : '' },
    columns.map((column) => cell(column, row, isFoot)),
  );
  if (href) {
    element.addEventListener('click', (event) => {
      const isOwn = event.target.closest('a, button, input, select, label');
      if (!isOwn && getSelection().isCollapsed) go(href(row));
    });
  }
  return element;
}

const PLACES = { lead: 'lead-cell', side: 'side-cell', bare: 'bare', form: 'form-cell' };

function cell(column, row, isFoot) {
  const content = (isFoot ? column.foot : column.cell)?.(row);
  const isMissing = content === null || content === undefined || content === '' || content === false;
  return h(
    'td',
    {
      role: 'cell',
      data: { label: column.title },
      class: `${column.end ? 'num' : ''} ${PLACES[column.place] ?? ''} ${isMissing ? 'absent' : ''}`,
    },
    Array.isArray(content) ? h('div', null, content) : content,
  );
}
