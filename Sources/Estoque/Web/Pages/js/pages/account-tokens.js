// Tokens with which programs use the API in one's name.

import { get, post, remove } from '../core/api.js';
import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { once } from '../core/once.js';
import { button } from '../ui/button.js';
import { confirm, dialog } from '../ui/dialog.js';
import { choice, text } from '../ui/field.js';
import { Wrong, form } from '../ui/form.js';
import { list } from '../ui/list.js';
import { card } from '../ui/page-head.js';
import { empty } from '../ui/states.js';
import { toast } from '../ui/toast.js';

const DAYS = [
  [30, '30 dias'],
  [90, '90 dias'],
  [365, '1 ano'],
];

export function tokenCard(signal) {
  const tokens = list({
    caption: 'Tokens de API',
    signal,
    columns: [
      {
        title: 'Nome',
        place: 'lead',
        cell: ({ name, createdAt }) => [
          h('span.strong', null, name),
          h('span.sub', null, `criado em ${format.date(createdAt)}`),
        ],
      },
      { title: 'Vence em', cell: ({ expiresAt }) => (expiresAt ? format.date(expiresAt) : '') },
      { title: 'Último uso', cell: ({ usedAt }) => (usedAt ? format.ago(usedAt) : 'nunca') },
      {
        title: 'Ações',
        hideTitle: true,
        end: true,
        place: 'side',
        cell: (token) =>
          button('', {
            icon: 'trash',
            kind: 'quiet small',
            label: `Revogar ${token.name}`,
            press: () => revoke(token, () => tokens.reload()),
          }),
      },
    ],
    page: (after, stop) => get('/tokens', { query: { limit: 50, after }, signal: stop }),
    empty: () =>
      empty('Nenhum token', 'Um token deixa um programa usar a API em seu nome.', { icon: 'key', tight: true }),
  });
  tokens.reload();
  return card('Tokens de API', tokens, {
    flush: true,
    actions: button('Novo', {
      icon: 'plus',
      kind: 'small',
      label: 'Novo token',
      press: () => create(() => tokens.reload()),
    }),
  });
}

async function create(changed) {
  const keyOf = once();
  const name = text('Nome', {
    name: 'name',
    required: true,
    maxlength: 120,
    autofocus: true,
    hint: 'Para reconhecer depois: “integração do caixa”.',
  });
  const days = choice('Vale por', DAYS, { name: 'expiresAt', value: 90 });
  const made = await dialog('Novo token', (close) =>
    form({
      fields: [name, days],
      content: [name, days],
      foot: h(
        'div.dialog-foot',
        null,
        button('Cancelar', { press: () => close() }),
        button('Criar token', { type: 'submit', kind: 'main' }),
      ),
      send: async () => {
        if (!name.input.value.trim()) throw new Wrong([{ field: 'name', message: 'Preencha este campo.' }]);
        const body = {
          name: name.input.value.trim(),
          expiresAt: `${format.today(-Number(days.input.value))}T00:00:00Z`,
        };
        close(await post('/tokens', body, { key: keyOf(body) }));
      },
    }),
  );
  if (!made) return;
  await show(made.token ?? made.secret);
  await changed();
}

// The only time that it can be seen.
function show(secret) {
  return dialog('Token criado', (close) => [
    h('p', null, 'Copie-o agora: ele não será mostrado de novo.'),
    h(
      'div.secret',
      null,
      h('code', null, secret),
      button('Copiar', {
        icon: 'copy',
        kind: 'small',
        press: async () => {
          await navigator.clipboard.writeText(secret);
          toast('Copiado');
        },
      }),
    ),
    h('div.dialog-foot', null, button('Pronto', { kind: 'main', press: () => close() })),
  ]);
}

async function revoke(token, changed) {
  if (
    !(await confirm('Revogar o token?', `O programa que usa “${token.name}” deixa de ter acesso na hora.`, {
      yes: 'Revogar',
      harm: true,
    }))
  )
    return;
  await remove(`/tokens/${token.id}`);
  toast('Token revogado');
  await changed();
}
