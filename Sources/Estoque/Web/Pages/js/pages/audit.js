// The audit log: who did what, and when.

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { keepQuery } from '../core/router.js';
import { choice, text } from '../ui/field.js';
import { filterBar } from '../ui/filters.js';
import { list } from '../ui/list.js';
import { pageHead } from '../ui/page-head.js';
import { empty } from '../ui/states.js';

const ACTIONS = {
  session: 'Entradas e saídas do sistema',
  user: 'Usuários',
  token: 'Tokens',
  product: 'Produtos',
  category: 'Categorias',
  location: 'Locais',
  movement: 'Movimentos',
  stocktake: 'Contagens',
  nfe: 'Notas fiscais',
  supplier: 'Códigos dos fornecedores',
  import: 'Importações',
  export: 'Exportações',
};

export async function page({ view, query, signal }) {
  const people = (await get('/users', { query: { limit: 200 }, signal })).items;
  const filters = {
    from: query.get('de') ?? '',
    to: query.get('ate') ?? '',
    user: query.get('usuario') ?? '',
    action: query.get('acao') ?? '',
  };
  const who = (entry) => {
    const id = entry.user?.id ?? entry.user;
    return entry.user?.name ?? people.find((person) => person.id === id)?.name ?? entry.login ?? entry.user ?? '';
  };
  const entries = list({
    caption: 'Auditoria',
    signal,
    columns: [
      {
        title: 'Quando',
        place: 'lead',
        cell: (entry) => h('span.nowrap', null, format.time(entry.happenedAt ?? entry.at)),
      },
      { title: 'Usuário', cell: who },
      { title: 'Ação', place: 'side', cell: ({ action }) => h('span.code.nowrap', null, action) },
      { title: 'Objeto', cell: ({ subject }) => (subject ? h('span.code.nowrap', null, subject) : '') },
      {
        title: 'Detalhe',
        cell: ({ detail }) =>
          !detail ? '' : h('span.small', null, typeof detail === 'string' ? detail : JSON.stringify(detail)),
      },
      { title: 'Endereço', cell: ({ address }) => address ?? '' },
    ],
    page: (after, stop) => get('/audit', { query: { ...filters, limit: 50, after }, signal: stop }),
    empty: () => empty('Nada registrado', 'Nenhum registro com estes filtros.', { icon: 'audit' }),
  });
  const change = (values) => {
    Object.assign(filters, values);
    keepQuery({ de: filters.from, ate: filters.to, usuario: filters.user, acao: filters.action });
    entries.reload();
  };
  const from = text('De', { type: 'date', value: filters.from });
  const to = text('Até', { type: 'date', value: filters.to });
  const user = choice('Usuário', [['', 'Todos'], ...people.map((person) => [person.id, person.name])], {
    value: filters.user,
  });
  const action = choice('Ação', [['', 'Todas'], ...Object.entries(ACTIONS)], { value: filters.action });
  for (const [name, field] of Object.entries({ from, to, user, action }))
    field.input.addEventListener('change', () => change({ [name]: field.input.value }));
  view.append(
    pageHead('Auditoria', { lead: 'O que foi feito, por quem e quando.' }),
    filterBar('Filtrar a auditoria', [user, action], [from, to]),
    h('section.card', { 'aria-label': 'Registros' }, entries),
  );
  entries.reload();
}
