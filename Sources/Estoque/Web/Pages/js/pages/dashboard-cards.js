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
    h('div.wide-left', null, days(data.days ?? [], signal), invoices(data.nfe ?? {})),
    h('div.grid.equal', null, top(data.top ?? []), low(data.low ?? [])),
    recent(data.recent ?? []),
  ];
}

function figures({ products, belowMinimum, stockValue, today = {} }) {
  return h('section.figures', { 'aria-label': 'Números de hoje' },
    figure('Produtos ativos', format.count(products), 'stock', { href: '/estoque' }),
    figure('Valor em estoque', format.money(stockValue), 'money', { note: 'pelo custo médio' }),
    figure('Abaixo do mínimo', format.count(belowMinimum), 'alert', { href: '/estoque?minimo=sim', look: Number(belowMinimum) > 0 ? 'warn' : '' }),
    figure('Entradas hoje', format.count(today.receipts), 'down', { href: `/movimentos?tipo=receipt&de=${format.today()}` }),
    figure('Saídas hoje', format.count(today.issues), 'up', { href: `/movimentos?tipo=issue&de=${format.today()}`, look: 'orange' }));
}

function figure(name, value, symbol, { href, note, look = '' } = {}) {
  return h(href ? 'a.card.figure' : 'div.card.figure', { href, class: look },
    h('span.name', null, name, icon(symbol)), h('span.value', null, value), note && h('span.note', null, note));
}

function days(items, signal) {
  const series = [
    { name: 'Entradas', look: 'entry', value: (day) => Number(day.receipts) },
    { name: 'Saídas', look: 'exit', value: (day) => Math.abs(Number(day.issues)) },
  ];
  const isQuiet = items.every((day) => series.every(({ value }) => value(day) === 0));
  const chart = isQuiet
    ? empty('Nenhum movimento em 30 dias', 'Entradas e saídas aparecem aqui dia a dia.', { icon: 'report', tight: true })
    : barChart({
      title: 'Entradas e saídas dos últimos 30 dias', items, series, signal,
      label: (day) => format.dayAndMonth(day.date),
      words: (day) => `${format.wholeDate(day.date)}: ${format.quantity(day.receipts)} entradas, ${format.quantity(Math.abs(Number(day.issues)))} saídas`,
    });
  return card('Entradas e saídas em 30 dias', [chart, !isQuiet && asTable(items)]);
}

function asTable(items) {
  return h('details.disclosure', null, h('summary', null, 'Ver como tabela'), table({
    caption: 'Entradas e saídas por dia',
    rows: [...items].reverse(),
    columns: [
      { title: 'Dia', cell: (day) => format.date(day.date), place: 'lead' },
      { title: 'Entradas', end: true, cell: (day) => format.quantity(day.receipts) },
      { title: 'Saídas', end: true, cell: (day) => format.quantity(Math.abs(Number(day.issues))) },
    ],
  }));
}

function invoices(counts) {
  const parts = Object.entries(NFE_STATES).map(([state, look]) => ({ state, value: Number(counts[state] ?? 0), tone: look.tone, text: look.text }));
  const known = parts.filter((part) => part.value > 0);
  if (known.length === 0) return card('Notas fiscais', empty('Nenhuma nota ainda', 'Envie os XMLs recebidos dos fornecedores.', { icon: 'invoice', tight: true }));
  return card('Notas fiscais', h('div.stack', null,
    partsBar(known),
    h('ul.states-list', null, known.map((part) => h('li', null, h('a', { href: `/nfe?estado=${part.state}` },
      h('i', { class: `tone-${part.tone}` }), part.text, h('b', null, format.count(part.value))))))));
}

function top(items) {
  if (items.length === 0) return card('Mais movimentados', empty('Sem saídas por enquanto', '', { icon: 'report', tight: true }));
  return card('Mais movimentados', ranking(items.map(({ product, quantity }) => ({
    href: `/produtos/${product.id}`, title: product.name, value: Math.abs(Number(quantity)),
    words: format.quantity(String(quantity).replace('-', ''), product.unit),
  }))));
}

function low(items) {
  if (items.length === 0) return card('Estoque baixo', empty('Tudo acima do mínimo', 'Nenhum produto pede reposição.', { icon: 'check', tight: true }));
  return card('Estoque baixo', ranking(items.map(({ product, location, quantity }) => ({
    href: `/produtos/${product.id}`, title: [product.name, location?.code].filter(Boolean).join(' · '),
    value: Number(product.minimum) > 0 ? Math.min(1, Math.max(0, Number(quantity) / Number(product.minimum))) : 0,
    words: `${format.quantity(quantity)} de ${format.quantity(product.minimum, product.unit)}`,
  })), 'low'));
}

function recent(items) {
  const content = items.length === 0
    ? empty('Nenhum movimento ainda', '', { icon: 'moves', tight: true })
    : table({ caption: 'Movimentos recentes', columns: movementColumns({ isShort: true }), rows: items });
  return card('Movimentos recentes', content, { flush: true, actions: h('a.small', { href: '/movimentos' }, 'Ver todos') });
}
