// One fiscal document: what it says, and the decision where somebody has to take one.

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { listen } from '../core/events.js';
import * as format from '../core/format.js';
import { render } from '../core/router.js';
import { session } from '../core/session.js';
import { NFE_STATES, stateBadge } from '../ui/badge.js';
import { icon } from '../ui/icon.js';
import { card, pageHead } from '../ui/page-head.js';
import { table } from '../ui/table.js';
import { review } from './invoice-review.js';

const BANNERS = { review: 'warn', refused: 'bad', conflict: 'bad', accepted: 'good' };

export async function page({ view, params, signal, title }) {
  const note = await get(`/nfe/${encodeURIComponent(params.id)}`, { signal });
  const name = note.number ? `NF-e ${format.count(note.number)}` : note.file;
  title(name);
  const mayDecide = note.state === 'review' && session.may('operator');
  view.append(
    pageHead(name, {
      back: { href: '/nfe', text: 'Notas fiscais' },
      mark: stateBadge(NFE_STATES, note.state),
      lead: note.emitter?.name,
      actions: [
        h(
          'a.button',
          { href: `/api/nfe/${note.id}/xml`, download: `${note.key || note.id}.xml` },
          icon('download'),
          'Baixar XML',
        ),
      ],
    }),
    ...notices(note),
    card('Dados', facts(note)),
  );
  const lines = note.lines ?? [];
  if (mayDecide) view.append(review(note, signal));
  else if (lines.length > 0) view.append(card('Itens', lineTable(lines), { flush: true }));
  const look = (item) => {
    if (item.id === note.id && item.state !== note.state && !document.querySelector('dialog[open]')) render();
  };
  const lookAgain = () =>
    get(`/nfe/${note.id}`, { signal })
      .then(look)
      .catch(() => {});
  listen('nfe', look, lookAgain, signal);
}

function notices(note) {
  const result = [];
  if (note.reason)
    result.push(
      h(
        'div.banner',
        { class: BANNERS[note.state] ?? '' },
        icon(note.state === 'accepted' ? 'check' : 'alert'),
        h('div', null, format.sentence(note.reason)),
      ),
    );
  if (note.warnings?.length > 0) {
    result.push(
      h(
        'div.banner',
        null,
        icon('info'),
        h(
          'div',
          null,
          h('div.strong', null, 'Observações da leitura'),
          h(
            'ul',
            null,
            note.warnings.map((warning) => h('li', null, format.sentence(warning))),
          ),
        ),
      ),
    );
  }
  return result;
}

function facts(note) {
  const entries = [
    ['Número e série', note.number ? `${format.count(note.number)} / ${note.series ?? format.DASH}` : ''],
    ['Emitente', note.emitter?.id ? format.identity(note.emitter.id) : ''],
    ['Emissão', note.issuedAt ? format.time(note.issuedAt) : ''],
    ['Recebida', note.receivedAt ? format.time(note.receivedAt) : ''],
    ['Sentido', { in: 'Entrada', out: 'Saída' }[note.direction]],
    ['Itens', note.items ? format.count(note.items) : ''],
    ['Total', note.total ? format.money(note.total) : ''],
    ['Arquivo', note.file],
  ].filter(([, value]) => value);
  return h(
    'dl.facts',
    null,
    entries.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))),
    note.key && h('div.whole', null, h('dt', null, 'Chave de acesso'), h('dd.code', null, format.accessKey(note.key))),
    note.note && h('div.whole', null, h('dt', null, 'Anotação'), h('dd', null, note.note)),
  );
}

function lineTable(lines) {
  return table({
    caption: 'Itens da nota',
    rows: lines,
    columns: [
      {
        title: 'Item',
        place: 'lead',
        cell: (line) => [h('span.strong', null, line.name), h('span.sub', null, `${line.number} · ${line.code}`)],
      },
      { title: 'Quantidade', end: true, cell: (line) => format.quantity(line.quantity, line.unit) },
      { title: 'Custo unitário', end: true, cell: (line) => format.price(line.unitCost) },
      {
        title: 'Produto',
        cell: ({ product }) =>
          product
            ? h(
                'a',
                { href: `/produtos/${product.id ?? product}` },
                product.name ?? product.code ?? `Produto ${product}`,
              )
            : '',
      },
    ],
  });
}
