// One product: what it is, where it is, and what happened to it.

import { get, request } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import { listen } from '../core/events.js';
import * as format from '../core/format.js';
import { categories, nameOf } from '../core/lookups.js';
import { session } from '../core/session.js';
import { badge } from '../ui/badge.js';
import { button } from '../ui/button.js';
import { list } from '../ui/list.js';
import { card, pageHead } from '../ui/page-head.js';
import { barcodeField } from '../ui/search-field.js';
import { empty } from '../ui/states.js';
import { table } from '../ui/table.js';
import { movementColumns } from './movement-columns.js';
import { newMovementButton } from './movement-form.js';
import { dealersOf } from './product-dealers.js';
import { editProduct } from './product-edit.js';
import { labels } from './product-labels.js';
import { reversalButton } from './reversal.js';
import { openProduct } from './stock.js';

export async function page({ view, params, query, signal, title }) {
  const id = encodeURIComponent(params.id);
  const fetch = async () => (await request('GET', `/products/${id}`, { signal })).data;
  let [product, groups] = await Promise.all([fetch(), categories()]);
  const top = h('div.stack');
  const movements = list({
    caption: `Movimentos de ${product.name}`,
    signal,
    columns: movementColumns({
      withProduct: false,
      undo: (movement) => reversalButton({ ...movement, product: movement.product ?? product }, refresh),
    }),
    page: (after, stop) => get(`/products/${id}/movements`, { query: { limit: 50, after }, signal: stop }),
    empty: () => empty('Nenhum movimento', 'Este produto ainda não entrou nem saiu.', { icon: 'moves', tight: true }),
  });
  const show = () => {
    title(product.name);
    fill(top, head(product, id, signal, refresh), h('div.wide-left', null, details(product, groups), places(product)));
  };
  async function refresh() {
    [product, groups] = await Promise.all([fetch(), categories()]);
    show();
    await movements.reload();
  }
  if (query.has('leitor')) {
    const barcode = barcodeField('Próximo código de barras', { read: (code) => openProduct(code, signal) });
    if (!matchMedia('(pointer: coarse)').matches) barcode.input.setAttribute('autofocus', '');
    view.append(h('div.filters', null, barcode));
  }
  show();
  view.append(top, card('Movimentos', movements, { flush: true }), dealersOf(product, signal) ?? '');
  movements.reload();

  // Now and then, however often something happens.
  let timer = null;
  const refreshSoon = () => {
    timer ??= setTimeout(() => {
      timer = null;
      if (!signal.aborted) refresh().catch(() => {});
    }, 600);
  };
  listen('stock', refreshSoon, refreshSoon, signal);
}

function head(product, id, signal, refresh) {
  const mayWrite = session.may('operator');
  return pageHead(product.name, {
    back: { href: '/estoque', text: 'Estoque' },
    mark: product.active === false && badge('inativo'),
    lead: [product.code, product.gtin].filter(Boolean).join(' · '),
    actions: [
      button('Etiquetas', { icon: 'barcode', press: () => labels(product) }),
      mayWrite &&
        button('Editar', {
          icon: 'edit',
          press: async () => {
            if (await editProduct(id, signal)) await refresh();
          },
        }),
      mayWrite && newMovementButton(refresh, product),
    ].filter(Boolean),
  });
}

function details(product, groups) {
  const facts = [
    ['Código', product.code],
    ['Unidade', product.unit],
    ['GTIN', product.gtin || format.DASH],
    ['NCM', product.ncm || format.DASH],
    ['Categoria', nameOf(product.category, groups) || 'Sem categoria'],
    ['Estoque mínimo', format.quantity(product.minimum, product.unit)],
  ];
  return card(
    'Dados',
    h(
      'dl.facts',
      null,
      facts.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))),
    ),
  );
}

function places(product) {
  const stock = product.stock ?? [];
  const total = stock.reduce((sum, entry) => sum + Number(entry.quantity), 0);
  const isLow = Number(product.minimum) > 0 && total < Number(product.minimum);
  const mark = isLow && badge('abaixo do mínimo', 'warn', 'alert');
  if (stock.length === 0) return card('Em estoque', empty('Nada em estoque', '', { tight: true }), { actions: mark });
  return card(
    'Em estoque',
    table({
      caption: 'Estoque por local',
      rows: stock,
      columns: [
        { title: 'Local', place: 'lead', cell: ({ location }) => nameOf(location) },
        {
          title: 'Quantidade',
          end: true,
          place: 'side',
          cell: ({ quantity, cost }) => [
            h('span.strong', null, format.quantity(quantity, product.unit)),
            cost !== null && cost !== undefined && h('span.sub', null, format.money(cost)),
          ],
        },
      ],
    }),
    { flush: true, actions: mark },
  );
}
