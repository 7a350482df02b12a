// Deciding on a document: which line is which product, and whether it is posted.

import { newKey, post } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import * as format from '../core/format.js';
import { render } from '../core/router.js';
import { button } from '../ui/button.js';
import { confirm } from '../ui/dialog.js';
import { area, choice } from '../ui/field.js';
import { Wrong, form } from '../ui/form.js';
import { card } from '../ui/page-head.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toast.js';
import { reviewLine } from './invoice-line.js';

/** The card of the decision. */
export function review(note, signal) {
  const lines = (note.lines ?? []).map(reviewLine);
  const remark = area('Anotação (opcional)', { name: 'note', maxlength: 500 });
  // Only where the document itself does not tell whether goods come or go; nothing is chosen for anybody.
  const direction = note.needsDirection
    ? choice(
        'Sentido',
        [
          ['', 'Escolha'],
          ['in', 'Entrada'],
          ['out', 'Saída'],
        ],
        { name: 'direction', hint: 'O documento não diz se a mercadoria entra no estoque ou sai dele.' },
      )
    : null;
  const missing = h('p.small.soft', { role: 'status' });
  const count = () => {
    const open = lines.filter((line) => !line.isReady()).length;
    fill(
      missing,
      open === 0
        ? 'Todos os itens têm produto.'
        : `${format.plural(open, 'item ainda sem produto', 'itens ainda sem produto')}.`,
    );
  };
  for (const line of lines) line.changed = count;
  count();
  const each = (act) => () => {
    for (const line of lines) if (!line.isReady()) act(line);
    count();
  };
  const suggestions = lines.filter((line) => line.suggested && !line.isReady()).length;

  const decide = async (action, body) => {
    await post(
      `/nfe/${note.id}/decision`,
      { action, note: remark.input.value.trim(), ...body },
      { key: newKey(), signal },
    );
    toast(action === 'accept' ? 'Nota aceita: o estoque foi movimentado' : 'Nota recusada');
    render();
  };
  const accept = async () => {
    const wrong = lines.flatMap((line) => line.mistakes());
    if (direction && !direction.input.value)
      wrong.push({ field: 'direction', message: 'Diga se a mercadoria entra ou sai.' });
    if (wrong.length > 0) throw new Wrong(wrong);
    const body = { lines: lines.map((line) => line.read()) };
    if (direction) body.direction = direction.input.value;
    await decide('accept', body);
  };
  const reject = async () => {
    const sure = await confirm(
      'Recusar esta nota?',
      'Ela não movimenta o estoque. A decisão fica registrada na auditoria.',
      { yes: 'Recusar', harm: true },
    );
    if (sure) await decide('reject', { lines: [] });
  };

  return card(
    'Revisão',
    form({
      class: 'review',
      fields: [...lines.flatMap((line) => line.fields), direction, remark].filter(Boolean),
      content: [
        lines.length > 0 &&
          h(
            'p.soft',
            null,
            'Diga qual produto é cada item. O fator é quantas unidades do produto vêm em uma unidade da nota: 12, para uma caixa com 12.',
          ),
        lines.length > 0 &&
          h(
            'div.row',
            null,
            missing,
            suggestions > 1 &&
              button(`Usar as ${suggestions} sugestões`, {
                icon: 'check',
                kind: 'small',
                press: each((line) => line.accept()),
              }),
            button('Criar produtos que faltam', { icon: 'plus', kind: 'small', press: each((line) => line.create()) }),
          ),
        lines.length > 0 && lineTable(lines),
        direction,
        remark,
      ],
      foot: h(
        'div.actions',
        null,
        button('Recusar', { icon: 'close', kind: 'harm', press: reject }),
        button('Aceitar e movimentar', { type: 'submit', icon: 'check', kind: 'main' }),
      ),
      send: accept,
    }),
  );
}

function lineTable(lines) {
  return table({
    caption: 'Itens e produtos',
    rows: lines,
    columns: [
      {
        title: 'Item da nota',
        place: 'lead',
        cell: ({ line }) => [
          h('span.strong', null, line.name),
          h('span.sub', null, `${line.number} · ${line.code} · ${format.price(line.unitCost)}`),
        ],
      },
      { title: 'Na nota', end: true, cell: ({ line }) => format.quantity(line.quantity, line.unit) },
      { title: 'Produto', place: 'form', cell: (line) => line.productCell },
      { title: 'Fator', place: 'form', cell: (line) => line.factorCell },
    ],
  });
}
