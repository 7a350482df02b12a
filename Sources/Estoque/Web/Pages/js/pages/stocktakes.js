// Stock-takes: all of them, and a new one.

import { get, post } from '../core/api.js';
import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { idOf, locations, nameOf } from '../core/lookups.js';
import { once } from '../core/once.js';
import { go } from '../core/router.js';
import { session } from '../core/session.js';
import { STOCKTAKE_STATES, stateBadge } from '../ui/badge.js';
import { button } from '../ui/button.js';
import { dialog } from '../ui/dialog.js';
import { area, choice } from '../ui/field.js';
import { form } from '../ui/form.js';
import { list } from '../ui/list.js';
import { pageHead } from '../ui/page-head.js';
import { empty } from '../ui/states.js';

export async function page({ view, signal }) {
  const places = await locations();
  const open = () => openStocktake(places);
  const takes = list({
    caption: 'Contagens',
    signal,
    href: ({ id }) => `/inventario/${id}`,
    columns: [
      {
        title: 'Contagem',
        place: 'lead',
        cell: (take) => [
          h('a.title', { href: `/inventario/${take.id}` }, `Contagem ${take.id}`),
          take.note && h('span.sub', null, take.note),
        ],
      },
      { title: 'Estado', place: 'side', cell: ({ state }) => stateBadge(STOCKTAKE_STATES, state) },
      { title: 'Local', cell: ({ location }) => nameOf(idOf(location), places) },
      { title: 'Contados', end: true, cell: ({ counted }) => (counted === undefined ? '' : format.count(counted)) },
      {
        title: 'Com diferença',
        end: true,
        cell: ({ differing }) => (differing === undefined ? '' : format.count(differing)),
      },
      { title: 'Aberta em', cell: ({ openedAt }) => format.time(openedAt) },
    ],
    page: (after, stop) => get('/stocktakes', { query: { limit: 50, after }, signal: stop }),
    empty: () =>
      empty(
        'Nenhuma contagem ainda',
        'Abra uma contagem, leia os produtos com o leitor e encerre: as diferenças viram ajustes.',
        {
          icon: 'count',
          actions: session.may('operator')
            ? [button('Nova contagem', { icon: 'plus', kind: 'main', press: open })]
            : [],
        },
      ),
  });
  view.append(
    pageHead('Inventário', {
      lead: 'Contar o que há, e ajustar o que difere.',
      actions: session.may('operator') ? [button('Nova contagem', { icon: 'plus', kind: 'main', press: open })] : [],
    }),
    h('section.card', { 'aria-label': 'Contagens' }, takes),
  );
  takes.reload();
}

async function openStocktake(places) {
  const keyOf = once();
  const location = choice(
    'Local',
    places.filter((place) => place.active !== false).map((place) => [place.id, place.name]),
    { name: 'location' },
  );
  const note = area('Observação', { name: 'note', maxlength: 500 });
  const take = await dialog('Nova contagem', (close) =>
    form({
      fields: [location, note],
      content: [
        h(
          'p.soft',
          null,
          'O estoque continua em uso durante a contagem: cada diferença vale para o momento em que o produto foi contado.',
        ),
        location,
        note,
      ],
      foot: h(
        'div.dialog-foot',
        null,
        button('Cancelar', { press: () => close() }),
        button('Abrir contagem', { type: 'submit', kind: 'main' }),
      ),
      send: async () => {
        const body = { location: Number(location.input.value) };
        if (note.input.value.trim()) body.note = note.input.value.trim();
        close(await post('/stocktakes', body, { key: keyOf(body) }));
      },
    }),
  );
  if (take) go(`/inventario/${take.id}`);
}
