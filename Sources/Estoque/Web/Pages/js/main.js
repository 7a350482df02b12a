// Begins: who is signed in, then the page of the address.

import { request } from './core/api.js';
import { fill, h } from './core/dom.js';
import { bind } from './core/keys.js';
import { forget } from './core/lookups.js';
import { isAbort } from './core/problem.js';
import { go, render, start } from './core/router.js';
import { menu, routes } from './core/routes.js';
import { session } from './core/session.js';
import { help } from './ui/help.js';
import { shell } from './ui/shell.js';
import { empty, skeleton, trouble } from './ui/states.js';
import { toast } from './ui/toast.js';
import { newMovement } from './pages/movement-form.js';
import { linkButton } from './ui/button.js';

const ENTRANCE = {
  path: '/entrar',
  name: 'entrar',
  title: 'Entrar',
  isOpen: true,
  load: () => import('./pages/login.js'),
};
let frame = null;

async function show(route, context) {
  if (!session.user && !route?.isOpen)
    return go(`/entrar?voltar=${encodeURIComponent(location.pathname + location.search)}`, { replace: true });
  if (session.user && route?.isOpen)
    return go(context.query.get('voltar')?.match(/^\/(?!\/).*/)?.[0] ?? '/', { replace: true });
  if (!session.user) frame = null;
  else frame ??= shell();
  const place = frame?.main ?? document.getElementById('aplicativo');
  frame?.mark(route?.name);
  title(route?.title ?? 'Página não encontrada');
  if (!route)
    return say(
      place,
      'Página não encontrada',
      empty('Página não encontrada', 'O endereço não existe, ou mudou.', {
        icon: 'search',
        actions: [linkButton('Ir para o painel', '/')],
      }),
    );
  if (!session.may(route.role))
    return say(
      place,
      route.title,
      empty('Acesso não permitido', 'Esta página pede outro perfil de acesso. Fale com quem administra o sistema.', {
        icon: 'audit',
      }),
    );
  return open(route, context, place);
}

async function open(route, context, place) {
  const view = h('div.view');
  fill(place, h('div.view', null, h('div.card', null, skeleton(6))));
  try {
    const { page } = await route.load();
    if (context.signal.aborted) return;
    fill(place, view);
    await page({ ...context, view, title });
    if (!context.signal.aborted) focusOn(view);
  } catch (error) {
    if (isAbort(error) || context.signal.aborted || error.status === 401) return;
    say(place, route.title, trouble(error, render));
  }
}

// A page that is nothing but a message.
function say(place, name, message) {
  fill(place, h('div.view', null, h('h1.unseen', { tabindex: '-1' }, name), message));
}

// After a change of page: to what the page wants, or to its title, so that it is read aloud.
let isFirst = true;
function focusOn(view) {
  const wanted = view.querySelector('[autofocus]');
  if (wanted) wanted.focus();
  else if (!isFirst && !view.contains(document.activeElement)) view.querySelector('h1')?.focus({ preventScroll: true });
  isFirst = false;
}

function title(text) {
  document.title = `${text} · Estoque`;
}

function shortcuts() {
  const signedIn = (action) => () => session.user && action();
  bind(
    '/',
    signedIn(() => document.getElementById('busca-geral')?.focus()),
  );
  bind('?', signedIn(help));
  // The page's own button knows the page's product.
  bind(
    'n',
    signedIn(() => {
      const own = document.querySelector('main [aria-keyshortcuts="n"]');
      if (own) own.click();
      else if (session.may('operator')) newMovement();
    }),
  );
  for (const item of menu.flatMap((group) => group.items))
    bind(
      `g ${item.key}`,
      signedIn(() => session.may(item.role) && go(item.path)),
    );
}

session.addEventListener('end', (event) => {
  forget();
  for (const element of document.querySelectorAll('dialog[open]')) element.close();
  if (event.detail.expired)
    toast('Sua sessão terminou', { kind: 'warn', detail: 'Entre de novo para continuar de onde parou.' });
  const here = location.pathname + location.search;
  go(event.detail.expired ? `/entrar?voltar=${encodeURIComponent(here)}` : '/entrar', {
    replace: event.detail.expired,
  });
});

async function begin() {
  try {
    session.begin((await request('GET', '/session', { quiet: true })).data);
  } catch (error) {
    if (error.status !== 401) {
      fill(
        document.getElementById('aplicativo'),
        h('main', { id: 'conteudo' }, h('h1.unseen', null, 'Estoque'), trouble(error, begin)),
      );
      return;
    }
  }
  shortcuts();
  start([ENTRANCE, ...routes], show);
}

begin();
