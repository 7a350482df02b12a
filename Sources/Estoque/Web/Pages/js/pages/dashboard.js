// The panel: how the stock is, at a glance.

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { listen } from '../core/events.js';
import { session } from '../core/session.js';
import { linkButton } from '../ui/button.js';
import { pageHead } from '../ui/page-head.js';
import { load, skeleton } from '../ui/states.js';
import { newMovementButton } from './movement-form.js';
import { cards } from './dashboard-cards.js';

export function page({ view, signal }) {
  const content = h('div.stack');
  const actions = session.may('operator')
    ? [linkButton('Enviar NF-e', '/nfe', { icon: 'upload' }), newMovementButton(refresh)]
    : [];
  view.append(pageHead('Painel', { lead: greeting(), actions }), content);

  const fetch = () => get('/dashboard', { signal });
  load(content, {
    signal,
    fetch,
    skeleton: h('div.card', null, skeleton(3), skeleton(1, 'tall')),
    render: (data) => cards(data, signal),
  });

  // New figures after something happened, a moment later and not for each of a thousand notes.
  let timer = null;
  function refresh() {
    timer ??= setTimeout(async () => {
      timer = null;
      if (signal.aborted) return;
      const data = await fetch().catch(() => null);
      if (data && !signal.aborted) content.replaceChildren(...cards(data, signal));
    }, 1500);
  }
  for (const kind of ['stock', 'nfe', 'import']) listen(kind, refresh, refresh, signal);
  signal.addEventListener('abort', () => clearTimeout(timer));
}

function greeting() {
  const hour = new Date().getHours();
  const first = session.user.name.split(' ')[0];
  return `${hour < 12 ? 'Bom dia' : hour < 18 ? 'Boa tarde' : 'Boa noite'}, ${first}.`;
}
