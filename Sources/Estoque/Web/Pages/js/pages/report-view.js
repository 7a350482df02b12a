// A report: its totals, a chart and a table; periods that could not be computed say why.

import { barChart } from '../chart/bars.js';
import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { icon } from '../ui/icon.js';
import { card } from '../ui/page-head.js';
import { empty } from '../ui/states.js';
import { table } from '../ui/table.js';

const KINDS = [
  ['receipts', 'Entradas', 'entry'],
  ['issues', 'Saídas', 'exit'],
  ['adjustments', 'Ajustes', 'other'],
];

export function report(data, signal) {
  const broken = data.periods.filter((period) => period.error);
  const name = (period) => periodName(data.by, period);
  const value = (key) => (period) => Math.abs(Number(period[key]?.cost ?? 0));
  const isQuiet = broken.length === 0 && KINDS.every(([key]) => Number(data.total?.[key]?.count ?? 0) === 0);
  if (isQuiet)
    return h(
      'div.card',
      null,
      empty('Nenhum movimento no período', 'Escolha outras datas, ou menos filtros.', { icon: 'report' }),
    );
  return [
    broken.length > 0 &&
      h(
        'div.banner.bad',
        { role: 'alert' },
        icon('alert'),
        h(
          'div',
          null,
          `${format.plural(broken.length, 'período não pôde', 'períodos não puderam')} ser calculado${broken.length > 1 ? 's' : ''}; os totais não o${broken.length > 1 ? 's' : ''} incluem.`,
        ),
      ),
    h(
      'div.figures.three',
      null,
      KINDS.map(([key, title]) => total(title, data.total?.[key])),
    ),
    card(
      'Valor movimentado por período',
      barChart({
        title: 'Entradas e saídas em reais por período',
        items: data.periods,
        signal,
        series: KINDS.slice(0, 2).map(([key, title, look]) => ({ name: title, look, value: value(key) })),
        broken: (period) => Boolean(period.error),
        label: (period) =>
          data.by === 'month'
            ? `${period.from.slice(5, 7)}/${period.from.slice(2, 4)}`
            : format.dayAndMonth(period.from),
        words: (period) =>
          period.error
            ? `${name(period)}: ${period.error}`
            : `${name(period)}: entradas ${format.money(period.receipts?.cost)}, saídas ${format.money(period.issues?.cost)}`,
      }),
    ),
    card('Períodos', rows(data, name), { flush: true }),
  ];
}

function total(title, sum = {}) {
  return h(
    'div.card.figure',
    null,
    h('span.name', null, title),
    h('span.value', null, format.money(sum.cost ?? 0)),
    h(
      'span.note',
      null,
      `${format.plural(sum.count ?? 0, 'movimento', 'movimentos')} · ${format.quantity(sum.quantity ?? 0)} unidades`,
    ),
  );
}

function rows(data, name) {
  const cell = (key) => (period) =>
    period.error
      ? ''
      : Number(period[key]?.count ?? 0) === 0
        ? h('span.zero', { title: 'Nenhum movimento' }, format.DASH)
        : h(
            'div',
            null,
            format.money(period[key]?.cost ?? 0),
            h(
              'span.sub',
              null,
              `${format.count(period[key].count)} mov. · ${format.quantity(period[key].quantity ?? 0)}`,
            ),
          );
  return table({
    caption: 'Totais por período',
    rows: data.periods,
    foot: { ...data.total, isTotal: true },
    columns: [
      {
        title: 'Período',
        place: 'lead',
        cell: (period) => [
          h('span.strong', null, name(period)),
          period.error && h('span.sub.down', null, period.error),
        ],
        foot: () => h('span.strong', null, 'Total'),
      },
      ...KINDS.map(([key, title]) => ({ title, end: true, cell: cell(key), foot: cell(key) })),
    ],
  });
}

function periodName(by, { from, to }) {
  if (by === 'day' || from === to) return format.date(from);
  return `${format.date(from)} a ${format.date(to)}`;
}
