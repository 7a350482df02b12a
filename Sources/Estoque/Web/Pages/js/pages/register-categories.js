// Categories of products.

import { get, post, remove, request } from '../core/api.js';
import { h } from '../core/dom.js';
import { forget } from '../core/lookups.js';
import { once } from '../core/once.js';
import { session } from '../core/session.js';
import { button } from '../ui/button.js';
import { confirm, dialog } from '../ui/dialog.js';
import { text } from '../ui/field.js';
import { Wrong, form } from '../ui/form.js';
import { list } from '../ui/list.js';
import { card } from '../ui/page-head.js';
import { empty } from '../ui/states.js';
import { toast } from '../ui/toast.js';

export function categoryCard(signal) {
  const mayWrite = session.may('operator');
  const changed = () => {
    forget();
    return items.reload();
  };
  const items = list({
    caption: 'Categorias',
    signal,
    columns: [
      { title: 'Nome', place: 'lead', cell: ({ name }) => h('span.strong', null, name) },
      mayWrite && {
        title: 'Ações',
        hideTitle: true,
        end: true,
        place: 'side',
        cell: (item) =>
          h(
            'div.row',
            null,
            button('', {
              icon: 'edit',
              kind: 'quiet small',
              label: `Renomear ${item.name}`,
              press: () => edit(item, changed),
            }),
            button('', {
              icon: 'trash',
              kind: 'quiet small',
              label: `Excluir ${item.name}`,
              press: () => drop(item, changed),
            }),
          ),
      },
    ].filter(Boolean),
    page: (after, stop) => get('/categories', { query: { limit: 100, after }, signal: stop }),
    empty: () => empty('Nenhuma categoria', '', { icon: 'tags', tight: true }),
  });
  items.reload();
  return card('Categorias', items, {
    flush: true,
    actions:
      mayWrite &&
      button('Nova', { icon: 'plus', kind: 'small', label: 'Nova categoria', press: () => edit(null, changed) }),
  });
}

async function edit(item, changed) {
  const etag = item && (await request('GET', `/categories/${item.id}`).catch(() => ({}))).etag;
  const keyOf = once();
  const name = text('Nome', { name: 'name', value: item?.name ?? '', maxlength: 60, required: true, autofocus: true });
  const saved = await dialog(item ? 'Renomear categoria' : 'Nova categoria', (close) =>
    form({
      fields: [name],
      content: name,
      foot: h(
        'div.dialog-foot',
        null,
        button('Cancelar', { press: () => close() }),
        button('Salvar', { type: 'submit', kind: 'main' }),
      ),
      send: async () => {
        const body = { name: name.input.value.trim() };
        if (!body.name) throw new Wrong([{ field: 'name', message: 'Preencha este campo.' }]);
        if (item) await request('PUT', `/categories/${item.id}`, { body, etag: etag ?? '*' });
        else await post('/categories', body, { key: keyOf(body) });
        close(true);
      },
    }),
  );
  if (!saved) return;
  toast('Categoria salva');
  await changed();
}

async function drop(item, changed) {
  if (
    !(await confirm('Excluir a categoria?', `Só uma categoria sem produtos pode ser excluída: “${item.name}”.`, {
      yes: 'Excluir',
      harm: true,
    }))
  )
    return;
  await remove(`/categories/${item.id}`);
  toast('Categoria excluída');
  await changed();
}
