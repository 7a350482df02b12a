// What is in stock: search, scanner, filters.

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { categories, locations } from '../core/lookups.js';
import { go, keepQuery } from '../core/router.js';
import { session } from '../core/session.js';
import { badge } from '../ui/badge.js';
import { linkButton } from '../ui/button.js';
import { choice, tick } from '../ui/field.js';
import { filterBar } from '../ui/filters.js';
import { list } from '../ui/list.js';
import { pageHead } from '../ui/page-head.js';
import { barcodeField, searchField } from '../ui/search-field.js';
import { empty } from '../ui/states.js';
import { newMovementButton } from './movement-form.js';

const COLUMNS = [
  {
    title: 'Produto',
    place: 'lead',
    cell: ({ product }) => [
      h('a.title', { href: `/produtos/${product.id}` }, product.name),
      h('span.sub', null, [product.code, product.gtin].filter(Boolean).join(' · ')),
    ],
  },
  { title: 'Local', cell: ({ location }) => h('span.nowrap', null, location?.name ?? location?.code) },
  {
    title: 'Mínimo',
    end: true,
    cell: ({ product }) => (Number(product.minimum) > 0 ? format.quantity(product.minimum) : ''),
  },
  {
    title: 'Custo médio',
    end: true,
    cell: ({ averageCost }) => (averageCost === null || averageCost === undefined ? '' : format.money(averageCost)),
  },
  { title: 'Valor', end: true, cell: ({ cost }) => (cost === null || cost === undefined ? '' : format.money(cost)) },
  {
    title: 'Quantidade',
    end: true,
    place: 'side',
    cell: ({ quantity, product, belowMinimum }) => [
      h('span.strong', null, format.quantity(quantity, product.unit)),
      belowMinimum && [' ', badge('baixo', 'warn', 'alert')],
    ],
  },
];

export async function page({ view, query, signal }) {
  const [places, groups] = await Promise.all([locations(), categories()]);
  const filters = {
    search: query.get('busca') ?? '',
    location: query.get('local') ?? '',
    category: query.get('categoria') ?? '',
    below: query.get('minimo') ? 'minimum' : '',
  };
  const items = list({
    caption: 'Produtos em estoque',
    columns: COLUMNS,
    signal,
    href: ({ product }) => `/produtos/${product.id}`,
    idOf: ({ product, location }) => `${product.id}/${location?.id ?? ''}`,
    page: (after, stop) => get('/stock', { query: { ...filters, limit: 50, after }, signal: stop }),
    empty: () => nothing(filters),
  });
  const change = (values) => {
    Object.assign(filters, values);
    keepQuery({
      busca: filters.search,
      local: filters.location,
      categoria: filters.category,
      minimo: Boolean(filters.below),
    });
    items.reload();
  };

  const search = searchField('Buscar', {
    value: filters.search,
    placeholder: 'Nome ou código',
    search: (text) => change({ search: text }),
  });
  const barcode = barcodeField('Código de barras', { read: (code) => openProduct(code, signal) });
  const location = choice('Local', [['', 'Todos'], ...places.map((place) => [place.id, place.name ?? place.code])], {
    value: filters.location,
  });
  const category = choice('Categoria', [['', 'Todas'], ...groups.map((group) => [group.id, group.name])], {
    value: filters.category,
  });
  const below = tick('Abaixo do mínimo', { checked: Boolean(filters.below) });
  location.input.addEventListener('change', () => change({ location: location.input.value }));
  category.input.addEventListener('change', () => change({ category: category.input.value }));
  below.input.addEventListener('change', () => change({ below: below.input.checked ? 'minimum' : '' }));

  view.append(
    pageHead('Estoque', {
      actions: session.may('operator')
        ? [linkButton('Novo produto', '/produtos/novo', { icon: 'plus' }), newMovementButton(() => items.reload())]
        : [],
    }),
    filterBar('Filtrar o estoque', [barcode, search], [location, category, below]),
    h('section.card', { 'aria-label': 'Produtos em estoque' }, items),
  );
  items.reload();
  keepFocus(barcode.input, signal);
}

/** Opens what a scanner has read. */
export async function openProduct(code, signal) {
  const product = await get(`/products/barcode/${encodeURIComponent(code)}`, { signal });
  go(`/produtos/${product.id}?leitor=sim`);
}

// A scanner types wherever the focus is: on a page with a keyboard it comes back to its field when it
// would be nowhere. Not on touch screens, where that would open the keyboard.
function keepFocus(input, signal) {
  if (matchMedia('(pointer: coarse)').matches) return;
  input.setAttribute('autofocus', '');
  input.focus();
  document.addEventListener(
    'click',
    (event) => {
      if (
        !event.target.closest('a, button, input, select, textarea, label, summary, dialog, table') &&
        getSelection().isCollapsed
      )
        input.focus();
    },
    { signal },
  );
}

function nothing(filters) {
  const isFiltered = Object.values(filters).some(Boolean);
  if (isFiltered)
    return empty('Nada encontrado', 'Confira o que foi digitado, ou mude os filtros.', { icon: 'search' });
  const actions = session.may('operator')
    ? [
        linkButton('Importar planilha', '/importacoes/nova', { icon: 'import' }),
        linkButton('Novo produto', '/produtos/novo', { icon: 'plus', kind: 'main' }),
      ]
    : [];
  return empty(
    'Nenhum produto ainda',
    'Cadastre o primeiro, importe uma planilha ou envie as notas dos fornecedores.',
    { actions },
  );
}
