// The cards of the panel.

import { barChart } from '../chart/bars.js';
import { partsBar } from '../chart/parts.js';
import { ranking } from '../chart/ranking.js';
import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { NFE_STATES } from '../ui/badge.js';
import { icon } from '../ui/icon.js';
import { card } from '../ui/page-head.js';
import { empty } from '../ui/states.js';
import { table } from '../ui/table.js';
import { movementColumns } from './movement-columns.js';

export function cards(data, signal) {
  return [
    figures(data),
    h('div.wide-left.level', null, days(data.days ?? [], signal), invoices(data.nfe ?? {})),
    h('div.grid.equal', null, top(data.top ?? []), low(data.low ?? [])),
    recent(data.recent ?? []),
  ];
}

// How many movements a sum is of.
const countOf = (sum) => Number(sum?.count ?? sum ?? 0);

function figures({ products, belowMinimum, stockValue, today = {} }) {
  return h(
    'section.figures.panel',
    { 'aria-label': 'Números de hoje' },
    figure('Valor em estoque', format.money(stockValue), 'money'),
    figure('Produtos ativos', format.count(products), 'stock', { href: '/estoque' }),
    figure('Abaixo do mínimo', format.count(belowMinimum), 'alert', {
      href: '/estoque?minimo=sim',
      look: Number(belowMinimum) > 0 ? 'warn' : '',
    }),
    figure('Entradas hoje', format.count(countOf(today.receipts)), 'down', {
      href: `/movimentos?tipo=receipt&de=${format.today()}`,
    }),
    figure('Saídas hoje', format.count(countOf(today.issues)), 'up', {
      href: `/movimentos?tipo=issue&de=${format.today()}`,
      look: 'orange',
    }),
  );
}

function figure(name, value, symbol, { href, look = '' } = {}) {
  return h(
    href ? 'a.card.figure' : 'div.card.figure',
    { href, class: look },
    h('span.name', null, name, icon(symbol)),
    h('span.value', null, value),
  );
}

function days(items, signal) {
  const series = [
    { name: 'Entradas', look: 'entry', value: (day) => countOf(day.receipts) },
    { name: 'Saídas', look: 'exit', value: (day) => countOf(day.issues) },
  ];
  const isQuiet = items.every((day) => series.every(({ value }) => value(day) === 0));
  const chart = isQuiet
    ? empty('Nenhum movimento em 30 dias', 'Entradas e saídas aparecem aqui dia a dia.', {
        icon: 'report',
        tight: true,
      })
    : barChart({
        title: 'Entradas e saídas dos últimos 30 dias',
        items,
        series,
        signal,
        label: (day) => format.dayAndMonth(day.date),
        words: (day) =>
          `${format.wholeDate(day.date)}: ${format.plural(countOf(day.receipts), 'entrada', 'entradas')}, ${format.plural(countOf(day.issues), 'saída', 'saídas')}`,
      });
  return card('Entradas e saídas em 30 dias', [chart, !isQuiet && asTable(items)]);
}

function asTable(items) {
  return h(
    'details.disclosure',
    null,
    h('summary', null, 'Ver como tabela'),
    table({
      caption: 'Entradas e saídas por dia',
      rows: [...items].reverse(),
      columns: [
        { title: 'Dia', cell: (day) => format.date(day.date), place: 'lead' },
        { title: 'Entradas', end: true, cell: (day) => format.count(countOf(day.receipts)) },
        { title: 'Saídas', end: true, cell: (day) => format.count(countOf(day.issues)) },
      ],
    }),
  );
}

function invoices(counts) {
  const parts = Object.entries(NFE_STATES).map(([state, look]) => ({
    state,
    value: Number(counts[state] ?? 0),
    tone: look.tone,
    text: look.text,
  }));
  const known = parts.filter((part) => part.value > 0);
  if (known.length === 0)
    return card(
      'Notas fiscais',
      empty('Nenhuma nota ainda', 'Envie os XMLs recebidos dos fornecedores.', { icon: 'invoice', tight: true }),
    );
  return card(
    'Notas fiscais',
    h(
      'div.stack',
      null,
      partsBar(known),
      h(
        'ul.states-list',
        null,
        known.map((part) =>
          h(
            'li',
            null,
            h(
              'a',
              { href: `/nfe?estado=${part.state}` },
              h('i', { class: `tone-${part.tone}` }),
              part.text,
              h('b', null, format.count(part.value)),
            ),
          ),
        ),
      ),
    ),
  );
}

function top(items) {
  if (items.length === 0)
    return card('Mais saídas', empty('Sem saídas por enquanto', '', { icon: 'report', tight: true }));
  return card(
    'Mais saídas',
    ranking(
      items.map(({ product, quantity }) => ({
        href: `/produtos/${product.id}`,
        title: product.name,
        value: Math.abs(Number(quantity)),
        words: format.quantity(String(quantity).replace('-', ''), product.unit),
      })),
    ),
  );
}

function low(items) {
  if (items.length === 0)
    return card(
      'Estoque baixo',
      empty('Tudo acima do mínimo', 'Nenhum produto pede reposição.', { icon: 'check', tight: true }),
    );
  return card(
    'Estoque baixo',
    ranking(
      items.map(({ product, location, quantity }) => ({
        href: `/produtos/${product.id}`,
        title: [product.name, location?.code].filter(Boolean).join(' · '),
        value: Number(product.minimum) > 0 ? Math.min(1, Math.max(0, Number(quantity) / Number(product.minimum))) : 0,
        words: `${format.quantity(quantity)} de ${format.quantity(product.minimum, product.unit)}`,
      })),
      { look: 'low', highest: 1 },
    ),
  );
}

function recent(items) {
  const content =
    items.length === 0
      ? empty('Nenhum movimento ainda', '', { icon: 'moves', tight: true })
      : table({ caption: 'Movimentos recentes', columns: movementColumns({ isShort: true }), rows: items });
  return card('Movimentos recentes', content, {
    flush: true,
    actions: h('a.small', { href: '/movimentos' }, 'Ver todos'),
  });
}
