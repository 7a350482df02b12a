// What dealers say they have of a product.

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { session } from '../core/session.js';
import { list } from '../ui/list.js';
import { card } from '../ui/page-head.js';

/** A card that hides itself where no dealer has said anything; null for those who may not see it. */
export function dealersOf(product, signal) {
  if (!session.may('operator')) return null;
  const lines = list({
    caption: `Revendas que têm ${product.name}`,
    signal,
    idOf: ({ dealer, code }) => `${dealer.id} ${code}`,
    columns: [
      {
        title: 'Revenda',
        place: 'lead',
        cell: ({ dealer, code }) => [h('span.strong', null, dealer.name), h('span.sub', null, code)],
      },
      { title: 'Quantidade', end: true, place: 'side', cell: ({ quantity }) => format.quantity(quantity, product.unit) },
      { title: 'Preço', end: true, cell: ({ unitPrice }) => format.price(unitPrice) },
      {
        title: 'Informado',
        cell: ({ stagedAt }) => h('time', { datetime: stagedAt, title: format.time(stagedAt) }, format.ago(stagedAt)),
      },
    ],
    page: async (after, stop) => {
      const part = await get('/staging', { query: { product: product.id, limit: 20, after }, signal: stop });
      if (!after) element.hidden = part.items.length === 0;
      return part;
    },
    empty: () => '',
  });
  const element = card('Nas revendas', lines, { flush: true });
  element.hidden = true;
  lines.reload();
  return element;
}
