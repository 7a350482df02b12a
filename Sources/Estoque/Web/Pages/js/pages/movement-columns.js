// How a movement looks in a list.

import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { nameOf } from '../core/lookups.js';
import { KINDS, badge, stateBadge } from '../ui/badge.js';

/** Columns for table.js; `isShort` for the panel, `withProduct` false on a product's own page. */
export function movementColumns({ isShort = false, withProduct = true, undo } = {}) {
  const columns = [
    withProduct && { title: 'Produto', place: 'lead', cell: ({ product }) => [h('a.title', { href: `/produtos/${product.id}` }, product.name), h('span.sub', null, product.code)] },
    { title: 'Tipo', place: withProduct ? 'side' : 'lead', cell: (movement) => [stateBadge(KINDS, movement.kind), movement.reversedBy && [' ', badge('estornado')]] },
    { title: 'Quantidade', end: true, cell: ({ quantity, product }) => amount(quantity, product?.unit) },
    !isShort && { title: 'Saldo', end: true, cell: ({ balance }) => format.quantity(balance) },
    !isShort && { title: 'Custo', end: true, cell: ({ cost }) => (cost === null || cost === undefined ? '' : format.money(cost)) },
    { title: 'Local', cell: ({ location, lot }) => [nameOf(location), lot && h('span.sub', null, `lote ${nameOf(lot)}`)] },
    { title: 'Quando', cell: ({ happenedAt }) => h('time', { datetime: happenedAt, title: format.time(happenedAt) }, isShort ? format.ago(happenedAt) : format.time(happenedAt)) },
    !isShort && { title: 'Documento', cell: ({ reference, note }) => (reference || note ? [reference, note && h('span.sub', null, note)] : '') },
    { title: 'Usuário', cell: ({ user }) => nameOf(user) },
    undo && { title: 'Ações', hideTitle: true, end: true, place: 'bare', cell: undo },
  ];
  return columns.filter(Boolean);
}

/** A change with its sign, in the colour of its direction. */
export function amount(quantity, unit) {
  const isOut = String(quantity).startsWith('-');
  return h('span.strong.nowrap', { class: isOut ? 'down' : 'up' }, `${format.change(quantity)} ${unit ?? ''}`.trim());
}
