// Who is signed in, and the way out.

import { post } from '../core/api.js';
import { h, newId } from '../core/dom.js';
import { ROLES, session } from '../core/session.js';
import { help } from './help.js';
import { icon } from './icon.js';
import { failed } from './toast.js';

export function userMenu() {
  const id = newId('menu');
  const { name, login, role } = session.user;
  const toggle = h(
    'button.avatar',
    {
      type: 'button',
      'aria-haspopup': 'menu',
      'aria-expanded': 'false',
      'aria-controls': id,
      'aria-label': `Conta de ${name}`,
    },
    initials(name),
  );
  const items = [
    h('a', { role: 'menuitem', href: '/conta', tabindex: '-1' }, icon('account'), 'Minha conta'),
    h(
      'button',
      { type: 'button', role: 'menuitem', tabindex: '-1', on: { click: help } },
      icon('keyboard'),
      'Atalhos do teclado',
    ),
    h('button', { type: 'button', role: 'menuitem', tabindex: '-1', on: { click: signOut } }, icon('out'), 'Sair'),
  ];
  const box = h(
    'div',
    { id, role: 'menu', 'aria-label': 'Conta', hidden: true },
    h(
      'div.who',
      { role: 'presentation' },
      h('div.strong', null, name),
      h('div.small.soft', null, `${login} · ${ROLES[role] ?? role}`),
    ),
    items,
  );
  const element = h('div.popover', null, toggle, box);

  const show = (isOpen) => {
    box.hidden = !isOpen;
    toggle.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) items[0].focus();
  };
  toggle.addEventListener('click', () => show(box.hidden));
  box.addEventListener('click', (event) => {
    if (event.target.closest('[role="menuitem"]')) show(false);
  });
  element.addEventListener('focusout', (event) => {
    if (!element.contains(event.relatedTarget)) show(false);
  });
  element.addEventListener('keydown', (event) => {
    const at = items.indexOf(document.activeElement);
    if (event.key === 'Escape' && !box.hidden) {
      show(false);
      toggle.focus();
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && !box.hidden) {
      event.preventDefault();
      items.at((at + (event.key === 'ArrowDown' ? 1 : -1)) % items.length).focus();
    }
  });
  return element;
}

async function signOut() {
  try {
    await post('/logout', undefined, { quiet: true });
  } catch (error) {
    if (error.status !== 401) return failed(error);
  }
  return session.end();
}

function initials(name) {
  const words = String(name).trim().split(/\s+/);
  return [words[0], words.length > 1 ? words.at(-1) : '']
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase();
}
