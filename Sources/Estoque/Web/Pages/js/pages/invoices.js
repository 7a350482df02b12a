// Fiscal documents: sending them, watching them being worked, and finding them.

import { get } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import { listen } from '../core/events.js';
import * as format from '../core/format.js';
import { keepQuery } from '../core/router.js';
import { session } from '../core/session.js';
import { NFE_STATES, stateBadge } from '../ui/badge.js';
import { list } from '../ui/list.js';
import { pageHead } from '../ui/page-head.js';
import { searchField } from '../ui/search-field.js';
import { empty } from '../ui/states.js';
import { intake } from './invoice-intake.js';

const COLUMNS = [
  {
    title: 'Documento',
    place: 'lead',
    cell: (note) => [
      h('a.title', { href: `/nfe/${note.id}` }, note.number ? `NF-e ${format.count(note.number)}` : note.file),
      h(
        'span.sub',
        null,
        note.number
          ? [note.series !== null && note.series !== undefined && `série ${note.series}`, note.file]
              .filter(Boolean)
              .join(' · ')
          : '',
      ),
    ],
  },
  { title: 'Estado', place: 'side', cell: ({ state }) => stateBadge(NFE_STATES, state) },
  {
    title: 'Emitente',
    cell: ({ emitter }) =>
      emitter?.name || emitter?.id
        ? [emitter.name, emitter.id && h('span.sub', null, format.identity(emitter.id))]
        : '',
  },
  { title: 'Emissão', cell: ({ issuedAt }) => (issuedAt ? format.date(issuedAt) : '') },
  { title: 'Itens', end: true, cell: ({ items }) => (items ? format.count(items) : '') },
  { title: 'Total', end: true, cell: ({ total }) => (total ? format.money(total) : '') },
  { title: 'Motivo', place: 'bare', cell: ({ reason }) => (reason ? h('span.small.soft', null, reason) : '') },
];

export function page({ view, query, signal }) {
  const filters = {
    state: query.get('estado') ?? '',
    search: query.get('busca') ?? '',
    batch: query.get('lote') ?? '',
  };
  const notes = list({
    caption: 'Notas fiscais',
    columns: COLUMNS,
    signal,
    href: ({ id }) => `/nfe/${id}`,
    page: async (after, stop) => {
      const part = await get('/nfe', { query: { ...filters, limit: 50, after }, signal: stop });
      showChips(part.counts);
      return part;
    },
    empty: () =>
      filters.state || filters.search || filters.batch
        ? empty('Nenhuma nota com estes filtros', 'Escolha outro estado ou mude a busca.', { icon: 'search' })
        : empty('Nenhuma nota ainda', 'Arraste para cá os XMLs que os fornecedores enviaram, ou um ZIP com muitos.', {
            icon: 'invoice',
          }),
  });
  const change = (values) => {
    Object.assign(filters, values);
    keepQuery({ estado: filters.state, busca: filters.search, lote: filters.batch });
    showChips();
    notes.reload();
  };
  const chips = h('div.chips', { role: 'group', 'aria-label': 'Estado' });
  let counts = {};
  const showChips = (known = counts) => {
    counts = known;
    const focused = [...chips.children].indexOf(document.activeElement);
    fill(chips, stateChips(filters.state, counts, (state) => change({ state })));
    chips.children[focused]?.focus();
  };
  showChips();
  const search = searchField('Buscar', {
    value: filters.search,
    placeholder: 'Número, chave, emitente ou arquivo',
    search: (text) => change({ search: text }),
  });
  const sender = session.may('operator') ? intake({ signal, sent: () => notes.reload() }) : null;
  view.append(
    pageHead('Notas fiscais', { lead: 'XMLs de NF-e que dão entrada e saída no estoque.' }),
    ...[sender].filter(Boolean),
    h('div.stack', null, h('div.filters', { role: 'search', 'aria-label': 'Filtrar notas' }, search), chips),
    h('section.card', { 'aria-label': 'Notas fiscais' }, notes),
  );
  notes.reload();

  // Documents settle by the hundred: their numbers are asked for every two seconds at most.
  let counting = null;
  const recount = () => {
    counting ??= setTimeout(async () => {
      counting = null;
      if (signal.aborted) return;
      const part = await get('/nfe', { query: { ...filters, limit: 1 }, signal }).catch(() => null);
      if (part) showChips(part.counts);
    }, 2000);
  };
  listen(
    'nfe',
    (note) => {
      recount();
      sender?.follow(note);
      const isWanted =
        (!filters.state || filters.state === note.state) &&
        !filters.search &&
        (!filters.batch || String(note.batch) === filters.batch);
      notes.put(note, { isNew: isWanted });
    },
    () => {
      sender?.catchUp();
      notes.reload();
    },
    signal,
  );
}

const ORDER = ['waiting', 'review', 'accepted', 'refused', 'conflict', 'duplicate', 'event'];

function stateChips(current, counts, choose) {
  const sum = ORDER.reduce((total, state) => total + (counts[state] ?? NaN), 0);
  const all = [
    ['', 'Todas', sum],
    ...ORDER.map((state) => [state, capital(NFE_STATES[state].text), counts[state]]),
  ];
  return all.map(([state, text, number]) =>
    h(
      'button.chip',
      { type: 'button', 'aria-pressed': String(state === current), on: { click: () => choose(state) } },
      text,
      // Unknown until the first answer.
      number >= 0 && h('span.number', null, format.count(number)),
    ),
  );
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
