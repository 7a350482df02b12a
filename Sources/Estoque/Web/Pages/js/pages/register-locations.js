// Places where stock is kept.

import { get, post, request } from '../core/api.js';
import { h } from '../core/dom.js';
import { forget } from '../core/lookups.js';
import { once } from '../core/once.js';
import { session } from '../core/session.js';
import { badge } from '../ui/badge.js';
import { button } from '../ui/button.js';
import { dialog } from '../ui/dialog.js';
import { text, tick } from '../ui/field.js';
import { Wrong, form } from '../ui/form.js';
import { list } from '../ui/list.js';
import { card } from '../ui/page-head.js';
import { empty } from '../ui/states.js';
import { toast } from '../ui/toast.js';

export function locationCard(signal) {
  const mayWrite = session.may('operator');
  const changed = () => {
    forget();
    return items.reload();
  };
  const items = list({
    caption: 'Locais',
    signal,
    columns: [
      {
        title: 'Local',
        place: 'lead',
        cell: ({ code, name, active }) => [
          h('span.strong', null, name),
          active === false && [' ', badge('inativo')],
          h('span.sub', null, code),
        ],
      },
      mayWrite && {
        title: 'Ações',
        hideTitle: true,
        end: true,
        place: 'side',
        cell: (item) =>
          button('', {
            icon: 'edit',
            kind: 'quiet small',
            label: `Editar ${item.name}`,
            press: () => edit(item, changed),
          }),
      },
    ].filter(Boolean),
    page: (after, stop) => get('/locations', { query: { limit: 100, after }, signal: stop }),
    empty: () => empty('Nenhum local', '', { icon: 'place', tight: true }),
  });
  items.reload();
  return card('Locais', items, {
    flush: true,
    actions:
      mayWrite &&
      button('Novo', { icon: 'plus', kind: 'small', label: 'Novo local', press: () => edit(null, changed) }),
  });
}

async function edit(item, changed) {
  const etag = item && (await request('GET', `/locations/${item.id}`).catch(() => ({}))).etag;
  const keyOf = once();
  const code = text('Código', {
    name: 'code',
    value: item?.code ?? '',
    maxlength: 20,
    required: true,
    autofocus: true,
  });
  const name = text('Nome', { name: 'name', value: item?.name ?? '', maxlength: 60, required: true });
  const active = tick('Ativo', { checked: item?.active !== false });
  const saved = await dialog(item ? 'Editar local' : 'Novo local', (close) =>
    form({
      fields: [code, name],
      content: [code, name, active],
      foot: h(
        'div.dialog-foot',
        null,
        button('Cancelar', { press: () => close() }),
        button('Salvar', { type: 'submit', kind: 'main' }),
      ),
      send: async () => {
        const body = { code: code.input.value.trim(), name: name.input.value.trim(), active: active.input.checked };
        const wrong = ['code', 'name']
          .filter((field) => !body[field])
          .map((field) => ({ field, message: 'Preencha este campo.' }));
        if (wrong.length > 0) throw new Wrong(wrong);
        if (item) await request('PUT', `/locations/${item.id}`, { body, etag: etag ?? '*' });
        else await post('/locations', body, { key: keyOf(body) });
        close(true);
      },
    }),
  );
  if (!saved) return;
  toast('Local salvo');
  await changed();
}
