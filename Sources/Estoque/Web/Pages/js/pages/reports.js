// Movements over periods: totals by day, week or month.

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { categories, locations, nameOf } from '../core/lookups.js';
import { keepQuery } from '../core/router.js';
import { button } from '../ui/button.js';
import { choice, choices, text } from '../ui/field.js';
import { filterBar } from '../ui/filters.js';
import { pageHead } from '../ui/page-head.js';
import { load, skeleton } from '../ui/states.js';
import { report } from './report-view.js';

const UNITS = [
  ['day', 'Dia'],
  ['week', 'Semana'],
  ['month', 'Mês'],
];

export async function page({ view, query, signal }) {
  const [places, groups] = await Promise.all([locations(), categories()]);
  const values = {
    from: query.get('de') ?? format.today(29),
    to: query.get('ate') ?? format.today(),
    by: UNITS.some(([unit]) => unit === query.get('por')) ? query.get('por') : 'day',
    location: query.get('local') ?? '',
    category: query.get('categoria') ?? '',
  };
  const content = h('div.stack');
  let run = new AbortController();
  const show = () => {
    run.abort();
    run = new AbortController();
    const stop = run.signal;
    load(content, {
      signal: stop,
      skeleton: h('div.card', null, skeleton(1, 'tall'), skeleton(6)),
      fetch: () => get('/reports/movements', { query: values, signal: stop }),
      render: (data) => report(data, stop),
    });
  };
  const heading = h('p.only-print');
  const change = (next) => {
    Object.assign(values, next);
    keepQuery({ de: values.from, ate: values.to, por: values.by, local: values.location, categoria: values.category });
    heading.textContent = [
      `${format.date(values.from)} a ${format.date(values.to)}`,
      values.location && nameOf(Number(values.location), places),
      values.category && nameOf(Number(values.category), groups),
    ]
      .filter(Boolean)
      .join(' · ');
    to.fail(values.from > values.to ? 'O fim vem antes do começo.' : null);
    if (values.from && values.to && values.from <= values.to) show();
  };
  const from = text('De', { type: 'date', value: values.from, required: true });
  const to = text('Até', { type: 'date', value: values.to, required: true });
  const location = choice('Local', [['', 'Todos'], ...places.map((place) => [place.id, place.name])], {
    value: values.location,
  });
  const category = choice('Categoria', [['', 'Todas'], ...groups.map((group) => [group.id, group.name])], {
    value: values.category,
  });
  for (const [name, field] of Object.entries({ from, to, location, category }))
    field.input.addEventListener('change', () => change({ [name]: field.input.value }));
  view.append(
    pageHead('Relatórios', {
      lead: 'Entradas, saídas e ajustes por período.',
      actions: [button('Imprimir', { icon: 'print', press: () => print() })],
    }),
    heading,
    filterBar(
      'Período do relatório',
      [from, to, choices('Por', UNITS, { name: 'por', value: values.by, pick: (by) => change({ by }) })],
      [location, category],
    ),
    content,
  );
  signal.addEventListener('abort', () => run.abort());
  change({});
}
