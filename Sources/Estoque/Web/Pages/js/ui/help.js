// All shortcuts, shown by `?`.

import { h } from '../core/dom.js';
import { menu } from '../core/routes.js';
import { session } from '../core/session.js';
import { dialog } from './dialog.js';

const GENERAL = [
  ['Buscar produtos', ['/']],
  ['Novo movimento', ['n']],
  ['Estes atalhos', ['?']],
  ['Fechar ou voltar', ['Esc']],
];

let isOpen = false;
export async function help() {
  if (isOpen) return;
  isOpen = true;
  const pages = menu
    .flatMap((group) => group.items)
    .filter((item) => session.may(item.role))
    .map((item) => [item.title, ['g', item.key]]);
  await dialog('Atalhos do teclado', () => [keys('Em qualquer página', GENERAL), keys('Ir para', pages)], {
    wide: true,
  });
  isOpen = false;
}

function keys(title, entries) {
  return h(
    'section.stack',
    null,
    h('h3', null, title),
    h(
      'dl.keys',
      null,
      entries.map(([name, presses]) =>
        h(
          'div',
          null,
          h('dt', null, name),
          h(
            'dd',
            null,
            presses.map((press, index) => [index > 0 && ' ', h('kbd', null, press)]),
          ),
        ),
      ),
    ),
  );
}
