// How a movement looks in a list.

import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { nameOf } from '../core/lookups.js';
import { KINDS, badge, stateBadge } from '../ui/badge.js';

/** Columns for table.js; `isShort` for the panel, `withProduct` false on a product's own page. */
export function movementColumns({ isShort = false, withProduct = true, undo } = {}) {
  const columns = [
    withProduct && {
      title: 'Produto',
      place: 'lead',
      cell: ({ product }) => [
        h('a.title', { href: `/produtos/${product.id}` }, product.name),
        h('span.sub', null, product.code),
      ],
    },
    {
      title: 'Tipo',
      place: withProduct ? undefined : 'lead',
      cell: (movement) => [stateBadge(KINDS, movement.kind), movement.reversedBy && [' ', badge('estornado')]],
    },
    {
      title: 'Quantidade',
      end: true,
      place: 'side',
      cell: ({ quantity, product, cost }) =>
        h(
          'div',
          null,
          amount(quantity, product?.unit),
          !isShort && hasCost(cost) && h('span.sub', null, format.money(cost)),
        ),
    },
    !isShort && { title: 'Saldo', end: true, cell: ({ balance }) => format.quantity(balance) },
    {
      title: 'Local',
      cell: ({ location, lot }) => h('div', null, nameOf(location), lot && h('span.sub', null, `lote ${nameOf(lot)}`)),
    },
    {
      title: 'Quando',
      cell: ({ happenedAt, user }) => h('div', null, when(happenedAt, isShort), h('span.sub', null, nameOf(user))),
    },
    !isShort && {
      title: 'Documento',
      cell: ({ reference, note }) =>
        reference || note
          ? h(
              'div',
              null,
              h('span', { class: reference?.length <= 16 ? 'nowrap' : '' }, reference),
              note && h('span.sub', null, note),
            )
          : '',
    },
    undo && { title: 'Ações', hideTitle: true, end: true, place: 'bare', cell: undo },
  ];
  return columns.filter(Boolean);
}

const hasCost = (cost) => cost !== null && cost !== undefined;

function when(moment, isShort) {
  return h(
    'time.nowrap',
    { datetime: moment, title: format.time(moment) },
    isShort ? format.ago(moment) : format.time(moment),
  );
}

/** A change with its sign, in the colour of its direction. */
export function amount(quantity, unit) {
  const isOut = String(quantity).startsWith('-');
  return h('span.strong.nowrap', { class: isOut ? 'down' : 'up' }, `${format.change(quantity)} ${unit ?? ''}`.trim());
}
