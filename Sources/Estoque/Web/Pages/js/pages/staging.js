// What dealers say about products that nobody knows yet: which product each is, or nothing of it.

import { get, newKey, post, remove } from '../core/api.js';
import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { keepQuery } from '../core/router.js';
import { badge } from '../ui/badge.js';
import { button } from '../ui/button.js';
import { confirm, dialog } from '../ui/dialog.js';
import { choice, tick } from '../ui/field.js';
import { filterBar } from '../ui/filters.js';
import { Wrong, form } from '../ui/form.js';
import { list } from '../ui/list.js';
import { pageHead } from '../ui/page-head.js';
import { productField } from '../ui/product-picker.js';
import { searchField } from '../ui/search-field.js';
import { empty } from '../ui/states.js';
import { toast } from '../ui/toast.js';

const STATES = [
  ['waiting', 'Em espera'],
  ['promoted', 'Com produto'],
  ['all', 'Todas'],
];

export function page({ view, query, signal }) {
  const filters = { state: query.get('situacao') ?? 'waiting', search: query.get('busca') ?? '' };
  const lines = list({
    caption: 'Linhas das revendas',
    signal,
    idOf: ({ dealer, code }) => `${dealer.id} ${code}`,
    columns: [
      {
        title: 'Na revenda',
        place: 'lead',
        cell: ({ dealer, code, name }) => [
          h('span.strong', null, name ?? code),
          h('span.sub', null, [name && code, dealer.name].filter(Boolean).join(' · ')),
        ],
      },
      {
        title: 'Situação',
        place: 'side',
        cell: ({ state }) =>
          state === 'waiting' ? badge('em espera', 'warn', 'clock') : badge('com produto', 'good', 'check'),
      },
      { title: 'Quantidade', end: true, cell: ({ quantity }) => (quantity === null ? '' : format.quantity(quantity)) },
      { title: 'Preço', end: true, cell: ({ unitPrice }) => (unitPrice === null ? '' : format.price(unitPrice)) },
      {
        title: 'Produto',
        cell: ({ product, state }) =>
          product && [
            h('a', { href: `/produtos/${product.id}` }, product.name),
            state === 'waiting' && h('span.sub', null, 'mesmo código'),
          ],
      },
      {
        title: 'Recebida',
        cell: ({ stagedAt }) => h('time', { datetime: stagedAt, title: format.time(stagedAt) }, format.day(stagedAt)),
      },
      {
        title: 'Ações',
        hideTitle: true,
        end: true,
        place: 'bare',
        cell: (line) => line.state === 'waiting' && h('div.actions', null, actions(line, () => lines.reload())),
      },
    ],
    page: (after, stop) =>
      get('/staging', {
        query: { search: filters.search, state: filters.state === 'all' ? '' : filters.state, limit: 50, after },
        signal: stop,
      }),
    empty: () =>
      filters.state === 'waiting' && !filters.search
        ? empty('Nada em espera', 'Todo código que as revendas informaram já tem produto.', { icon: 'check' })
        : empty('Nenhuma linha com estes filtros', 'Escolha outra situação ou mude a busca.', { icon: 'search' }),
  });
  const change = (values) => {
    Object.assign(filters, values);
    keepQuery({ situacao: filters.state, busca: filters.search });
    lines.reload();
  };
  const state = choice('Situação', STATES, { value: filters.state });
  state.input.addEventListener('change', () => change({ state: state.input.value }));
  const search = searchField('Buscar', {
    value: filters.search,
    placeholder: 'Código, nome ou revenda',
    search: (text) => change({ search: text }),
  });
  view.append(
    pageHead('Revendas', {
      back: { href: '/importacoes', text: 'Importações' },
      lead: 'O que as revendas informaram de produtos que ainda não se conhecem aqui.',
      actions: [button('Vincular os já cadastrados', { icon: 'check', press: () => promoteKnown(lines) })],
    }),
    filterBar('Filtrar as linhas', [search, state]),
    h('section.card', { 'aria-label': 'Linhas das revendas' }, lines),
  );
  lines.reload();
}

function actions(line, changed) {
  return [
    button('Escolher', {
      icon: 'tags',
      kind: 'small',
      label: `Escolher o produto de ${line.code}`,
      press: () => choose(line, changed),
    }),
    button('', {
      icon: 'trash',
      kind: 'quiet small',
      label: `Descartar ${line.code}`,
      press: () => discard(line, changed),
    }),
  ];
}

async function promoteKnown(lines) {
  const { promoted } = await post('/staging/promotions', undefined, { key: newKey() });
  toast(
    promoted === 0
      ? 'Nenhum produto novo para vincular'
      : format.plural(promoted, 'linha vinculada', 'linhas vinculadas'),
  );
  await lines.reload();
}

async function choose(line, changed) {
  const picker = productField('Produto', { value: line.product, whole: true });
  const create = tick('Criar produto novo', {});
  create.input.addEventListener('change', () => {
    picker.input.disabled = create.input.checked;
    picker.fail(null);
  });
  const saved = await dialog(`Qual produto é ${line.code}?`, (close) =>
    form({
      fields: [picker],
      content: [
        h(
          'p.soft',
          null,
          `${[line.dealer.name, line.name].filter(Boolean).join(' · ')}. A escolha vale também para os próximos arquivos da revenda.`,
        ),
        picker,
        create,
      ],
      foot: h(
        'div.dialog-foot',
        null,
        button('Cancelar', { press: () => close() }),
        button('Vincular', { type: 'submit', kind: 'main' }),
      ),
      send: async () => {
        const product = picker.input.chosen;
        if (!create.input.checked && !product)
          throw new Wrong([{ field: 'product', message: 'Escolha o produto, ou crie um novo.' }]);
        const which = create.input.checked ? { create: true } : { product: product.id };
        close(
          await post('/staging/promotion', { dealer: line.dealer.id, code: line.code, ...which }, { key: newKey() }),
        );
      },
    }),
  );
  if (!saved) return;
  toast('Produto vinculado');
  await changed();
}

async function discard(line, changed) {
  const sure = await confirm(
    'Descartar a linha?',
    `O que ${line.dealer.name} informou de ${line.code} é esquecido. Se o próximo arquivo o trouxer, volta a esperar.`,
    { yes: 'Descartar', harm: true },
  );
  if (!sure) return;
  await remove('/staging', { query: { dealer: line.dealer.id, code: line.code } });
  toast('Linha descartada');
  await changed();
}
