// People who may sign in.

import { get, post, request } from '../core/api.js';
import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { once } from '../core/once.js';
import { ROLES, session } from '../core/session.js';
import { badge } from '../ui/badge.js';
import { button } from '../ui/button.js';
import { dialog } from '../ui/dialog.js';
import { choice, text, tick } from '../ui/field.js';
import { Wrong, form } from '../ui/form.js';
import { list } from '../ui/list.js';
import { pageHead } from '../ui/page-head.js';
import { empty } from '../ui/states.js';
import { toast } from '../ui/toast.js';

export function page({ view, signal }) {
  const users = list({
    caption: 'Usuários',
    signal,
    columns: [
      {
        title: 'Nome',
        place: 'lead',
        cell: ({ name, login }) => [h('span.strong', null, name), h('span.sub', null, login)],
      },
      {
        title: 'Perfil',
        place: 'side',
        cell: ({ role }) => badge(ROLES[role] ?? role, role === 'admin' ? 'info' : ''),
      },
      {
        title: 'Situação',
        cell: ({ active }) => (active === false ? badge('inativo', 'bad') : badge('ativo', 'good')),
      },
      {
        title: 'Último acesso',
        cell: ({ lastLogin }) =>
          lastLogin
            ? h('time', { datetime: lastLogin, title: format.time(lastLogin) }, format.ago(lastLogin))
            : h('span.soft', null, 'nunca entrou'),
      },
      {
        title: 'Criado em',
        cell: ({ createdAt }) => h('time', { datetime: createdAt, title: format.time(createdAt) }, format.day(createdAt)),
      },
      {
        title: 'Ações',
        hideTitle: true,
        end: true,
        place: 'bare',
        cell: (user) =>
          button('Editar', {
            icon: 'edit',
            kind: 'quiet small',
            label: `Editar ${user.name}`,
            press: () => edit(user, () => users.reload()),
          }),
      },
    ],
    page: (after, stop) => get('/users', { query: { limit: 50, after }, signal: stop }),
    empty: () => empty('Nenhum usuário', '', { icon: 'users' }),
  });
  view.append(
    pageHead('Usuários', {
      lead: 'Quem entra no sistema, e o que pode fazer.',
      actions: [button('Novo usuário', { icon: 'plus', kind: 'main', press: () => edit(null, () => users.reload()) })],
    }),
    h('section.card', { 'aria-label': 'Usuários' }, users),
  );
  users.reload();
}

async function edit(user, changed) {
  const etag = user && (await request('GET', `/users/${user.id}`)).etag;
  const keyOf = once();
  const isSelf = user?.id === session.user.id;
  const fields = {
    name: text('Nome', { name: 'name', value: user?.name ?? '', required: true, maxlength: 120, autofocus: true }),
    login: text('Usuário', {
      name: 'login',
      value: user?.login ?? '',
      required: true,
      maxlength: 64,
      disabled: Boolean(user),
      autocapitalize: 'none',
      hint: 'Letras minúsculas, números, ponto, hífen ou @.',
    }),
    role: choice('Perfil', Object.entries(ROLES), {
      name: 'role',
      value: user?.role ?? 'operator',
      disabled: isSelf,
      hint: 'Consulta só vê; Operação movimenta; Administração gere usuários.',
    }),
    password: text(user ? 'Nova senha (em branco: a mesma)' : 'Senha', {
      name: 'password',
      type: 'password',
      autocomplete: 'new-password',
      hint: 'Ao menos 10 caracteres.',
    }),
  };
  const active = tick('Pode entrar no sistema', { checked: user?.active !== false, disabled: isSelf });
  const saved = await dialog(user ? 'Editar usuário' : 'Novo usuário', (close) =>
    form({
      fields: Object.values(fields),
      content: [h('div.fields', null, Object.values(fields)), user && active],
      foot: h(
        'div.dialog-foot',
        null,
        button('Cancelar', { press: () => close() }),
        button('Salvar', { type: 'submit', kind: 'main' }),
      ),
      send: async () => close(await save({ user, fields, active, etag, keyOf })),
    }),
  );
  if (!saved) return;
  toast('Usuário salvo');
  await changed();
}

async function save({ user, fields, active, etag, keyOf }) {
  const value = (name) => fields[name].input.value.trim();
  const wrong = [];
  if (!value('name')) wrong.push({ field: 'name', message: 'Preencha este campo.' });
  if (!user && !value('login')) wrong.push({ field: 'login', message: 'Preencha este campo.' });
  const password = fields.password.input.value;
  if ((!user || password) && password.length < 10)
    wrong.push({ field: 'password', message: 'Use ao menos 10 caracteres.' });
  if (wrong.length > 0) throw new Wrong(wrong);
  const body = { name: value('name'), role: value('role') };
  if (password) body.password = password;
  if (!user) {
    body.login = value('login').toLowerCase();
    return post('/users', body, { key: keyOf(body) });
  }
  body.active = active.input.checked;
  return (await request('PATCH', `/users/${user.id}`, { body, etag })).data ?? true;
}
