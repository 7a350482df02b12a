// What to export, how, and which part.

import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { categories, locations } from '../core/lookups.js';
import { button } from '../ui/button.js';
import { choice, choices, text } from '../ui/field.js';
import { Wrong, form } from '../ui/form.js';

const KINDS = [
  ['movements', 'Movimentos'],
  ['stock', 'Estoque'],
  ['products', 'Produtos'],
  ['labels', 'Etiquetas'],
];
const FORMATS = [
  ['csv', 'CSV'],
  ['xlsx', 'Excel (XLSX)'],
];

/** The form of a new export; `send(body)` begins it. */
export function exportForm(send, close) {
  const fields = {
    format: choice('Formato', FORMATS, { name: 'format' }),
    from: text('De', { name: 'from', type: 'date', value: format.today(30) }),
    to: text('Até', { name: 'to', type: 'date', value: format.today() }),
    location: choice('Local', [['', 'Todos']], { name: 'location' }),
    category: choice('Categoria', [['', 'Todas']], { name: 'category' }),
    search: text('Só produtos com', { name: 'search', placeholder: 'Nome ou código' }),
  };
  let kind = 'movements';
  const arrange = (next) => {
    kind = next;
    const isOfTime = kind === 'movements';
    fields.from.hidden = !isOfTime;
    fields.to.hidden = !isOfTime;
    fields.location.hidden = kind === 'products' || kind === 'labels';
    fields.format.hidden = kind === 'labels';
  };
  arrange(kind);
  offer(fields.location, locations());
  offer(fields.category, categories());
  return form({
    fields: Object.values(fields),
    content: [
      choices('O que exportar', KINDS, { name: 'kind', value: kind, pick: arrange }),
      h('div.fields', null, Object.values(fields)),
    ],
    foot: h(
      'div.dialog-foot',
      null,
      button('Cancelar', { press: () => close() }),
      button('Exportar', { type: 'submit', kind: 'main' }),
    ),
    send: async () => {
      const value = (name) => (fields[name].hidden ? '' : fields[name].input.value.trim());
      if (value('from') && value('to') && value('from') > value('to'))
        throw new Wrong([{ field: 'to', message: 'O fim vem antes do começo.' }]);
      const body = { kind, format: kind === 'labels' ? 'pdf' : value('format') };
      for (const name of ['from', 'to', 'search']) if (value(name)) body[name] = value(name);
      for (const name of ['location', 'category']) if (value(name)) body[name] = Number(value(name));
      await send(body);
    },
  });
}

async function offer(field, promise) {
  const items = await promise.catch(() => []);
  field.input.append(...items.map((item) => h('option', { value: item.id }, item.name)));
}
