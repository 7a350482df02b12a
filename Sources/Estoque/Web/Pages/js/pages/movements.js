// All movements, with filters.

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { listen } from '../core/events.js';
import { locations } from '../core/lookups.js';
import { keepQuery } from '../core/router.js';
import { session } from '../core/session.js';
import { button } from '../ui/button.js';
import { choice, text } from '../ui/field.js';
import { filterBar } from '../ui/filters.js';
import { list } from '../ui/list.js';
import { pageHead } from '../ui/page-head.js';
import { productField } from '../ui/product-picker.js';
import { searchField } from '../ui/search-field.js';
import { empty } from '../ui/states.js';
import { movementColumns } from './movement-columns.js';
import { newMovementButton } from './movement-form.js';
import { reversalButton } from './reversal.js';

const KINDS = [
  ['', 'Todos'],
  ['receipt', 'Entrada'],
  ['issue', 'Saída'],
  ['adjustment', 'Ajuste'],
  ['transfer', 'Transferência'],
  ['reversal', 'Estorno'],
];

export async function page({ view, query, signal }) {
  const places = await locations();
  const filters = {
    from: query.get('de') ?? '',
    to: query.get('ate') ?? '',
    kind: query.get('tipo') ?? '',
    location: query.get('local') ?? '',
    product: query.get('produto') ?? '',
    reference: query.get('documento') ?? '',
  };
  const product = filters.product
    ? await get(`/products/${encodeURIComponent(filters.product)}`, { signal }).catch(() => null)
    : null;
  const movements = list({
    caption: 'Movimentos',
    signal,
    columns: movementColumns({ undo: (movement) => reversalButton(movement, () => movements.reload()) }),
    page: (after, stop) => get('/movements', { query: { ...filters, limit: 50, after }, signal: stop }),
    empty: () =>
      empty('Nenhum movimento encontrado', 'Mude os filtros, ou registre o primeiro movimento.', { icon: 'moves' }),
  });
  const change = (values) => {
    Object.assign(filters, values);
    keepQuery({
      de: filters.from,
      ate: filters.to,
      tipo: filters.kind,
      local: filters.location,
      produto: filters.product,
      documento: filters.reference,
    });
    movements.reload();
  };
  const csv = h('a.button', { href: '/api/movements.csv', download: 'movimentos.csv' }, 'Baixar CSV');
  csv.addEventListener('click', () => {
    csv.href = `/api/movements.csv?${new URLSearchParams(Object.entries({ from: filters.from, to: filters.to }).filter(([, value]) => value))}`;
  });
  view.append(
    pageHead('Movimentos', {
      lead: 'Toda mudança de estoque, na ordem em que foi registrada.',
      actions: [csv, session.may('operator') && newMovementButton()].filter(Boolean),
    }),
    movementFilters(filters, places, product, change),
    h('section.card', { 'aria-label': 'Movimentos' }, movements),
  );
  movements.reload();

  addEventListener('estoque:movement', () => movements.reload(), { signal });
  // What others do is offered, so that the list does not jump while somebody reads it.
  const offer = button('Há movimentos novos: atualizar', {
    icon: 'retry',
    kind: 'small',
    hidden: true,
    press: () => {
      offer.hidden = true;
      return movements.reload();
    },
  });
  view.querySelector('section.card').before(offer);
  const offerOrRefresh = () => {
    if (scrollY > 200) offer.hidden = false;
    else refresh();
  };
  listen('stock', offerOrRefresh, offerOrRefresh, signal);
  // Now and then, however often something happens.
  let timer = null;
  const refresh = () => {
    timer ??= setTimeout(() => {
      timer = null;
      if (!signal.aborted && !document.querySelector('dialog[open]')) movements.reload();
    }, 800);
  };
}

function movementFilters(filters, places, chosen, change) {
  const from = text('De', { type: 'date', value: filters.from });
  const to = text('Até', { type: 'date', value: filters.to });
  const kind = choice('Tipo', KINDS, { value: filters.kind });
  const location = choice('Local', [['', 'Todos'], ...places.map((place) => [place.id, place.name])], {
    value: filters.location,
  });
  const product = productField('Produto', { grow: true, value: chosen });
  const reference = searchField('Documento', {
    value: filters.reference,
    grow: false,
    search: (value) => change({ reference: value }),
  });
  from.input.addEventListener('change', () => change({ from: from.input.value }));
  to.input.addEventListener('change', () => change({ to: to.input.value }));
  kind.input.addEventListener('change', () => change({ kind: kind.input.value }));
  location.input.addEventListener('change', () => change({ location: location.input.value }));
  product.input.addEventListener('choose', (event) => change({ product: event.detail?.id ?? '' }));
  product.input.addEventListener('input', () => {
    if (product.input.value === '' && filters.product) change({ product: '' });
  });
  return filterBar('Filtrar movimentos', [product], [kind, location, from, to, reference]);
}
