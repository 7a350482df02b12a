// The whole menu, on a phone.

import { dialog } from './dialog.js';

export function openMenu(links) {
  for (const link of links.querySelectorAll('a')) {
    const isHere = link.pathname === location.pathname;
    if (isHere) link.setAttribute('aria-current', 'page');
  }
  return dialog('Menu', () => links, { kind: 'drawer' });
}
