// The frame: menu, bar with search, and the place where pages go.

import { fill, h } from '../core/dom.js';
import { go } from '../core/router.js';
import { menu } from '../core/routes.js';
import { session } from '../core/session.js';
import { icon } from './icon.js';
import { connectionNotice } from './connection-notice.js';
import { openMenu } from './drawer.js';
import { themeButton } from './theme-button.js';
import { userMenu } from './user-menu.js';

/** Builds the frame; returns `main`, where a page goes, and `mark(name)` for the menu. */
export function shell() {
  const root = document.getElementById('aplicativo');
  const main = h('main', { id: 'conteudo', tabindex: '-1' });
  const frame = h('div.shell', null, connectionNotice(), sidebar(), bar(), main, tabs());
  fill(root, frame);
  return {
    main,
    mark(name) {
      for (const link of frame.querySelectorAll('[data-name]')) {
        if (link.dataset.name === name) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
      }
    },
  };
}

export function brand() {
  return h(
    'a.brand',
    { href: '/' },
    h('img', { src: '/favicon.svg', alt: '', width: 32, height: 32 }),
    h('span', null, 'Estoque', session.companyName && h('small', null, session.companyName)),
  );
}

/** The groups of links, for the side and for the drawer. */
function menuLinks(label) {
  return h(
    'nav.menu',
    { 'aria-label': label },
    menu
      .filter((group) => session.may(group.role))
      .map((group) =>
        h(
          'div',
          null,
          group.title && h('h2', null, group.title),
          h(
            'ul',
            null,
            group.items
              .filter((item) => session.may(item.role))
              .map((item) =>
                h('li', null, h('a', { href: item.path, data: { name: item.name } }, icon(item.icon), item.title)),
              ),
          ),
        ),
      ),
  );
}

function sidebar() {
  return h('div.side', null, brand(), menuLinks('Principal'));
}

function bar() {
  const input = h('input.input', {
    type: 'search',
    name: 'busca',
    id: 'busca-geral',
    placeholder: 'Buscar produtos',
    'aria-label': 'Buscar produtos',
    autocomplete: 'off',
    'aria-keyshortcuts': '/',
  });
  const form = h(
    'form',
    {
      role: 'search',
      on: {
        submit: (event) => {
          event.preventDefault();
          const text = input.value.trim();
          input.value = '';
          go(text ? `/estoque?busca=${encodeURIComponent(text)}` : '/estoque');
        },
      },
    },
    h('div.with-icon', null, icon('search'), input, h('kbd', { 'aria-hidden': 'true' }, '/')),
  );
  return h('header.top', null, brand(), form, h('div.after', null, themeButton(), userMenu()));
}

function tabs() {
  const items = ['painel', 'estoque', 'movimentos', 'nfe'].map((name) =>
    menu[0].items.find((item) => item.name === name),
  );
  const more = h(
    'button',
    { type: 'button', on: { click: () => openMenu(menuLinks('Todas as páginas')) } },
    icon('menu'),
    'Menu',
  );
  return h(
    'nav.tabs',
    { 'aria-label': 'Atalhos' },
    items.map((item) =>
      h('a', { href: item.path, data: { name: item.name } }, icon(item.icon), item.short ?? item.title),
    ),
    more,
  );
}
