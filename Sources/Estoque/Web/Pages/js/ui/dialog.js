// Dialogs: questions, and forms that need a moment's attention.

import { h, newId } from '../core/dom.js';
import { button } from './button.js';

/** Opens a modal dialog around `content(close)`; resolves with what `close` was given, undefined when dismissed. */
export function dialog(title, content, { wide = false, kind = '' } = {}) {
  return new Promise((resolve) => {
    let result;
    const id = newId('titulo');
    const element = h('dialog', { 'aria-labelledby': id, class: `${wide ? 'wide' : ''} ${kind}` });
    const close = (value) => {
      result = value;
      element.close();
    };
    const head = h(
      'div.dialog-head',
      null,
      h('h2', { id }, title),
      button('', { icon: 'close', kind: 'quiet small', label: 'Fechar', press: () => close() }),
    );
    element.append(h('div.dialog-body', null, head, content(close)));
    element.addEventListener('close', () => {
      element.remove();
      resolve(result);
    });
    document.body.append(element);
    element.showModal();
    const wanted =
      element.querySelector('[autofocus]') ??
      element.querySelector('.dialog-body form input, .dialog-body form select, .dialog-body form textarea');
    wanted?.focus();
  });
}

/** Asks yes or no; true for yes. */
export async function confirm(title, text, { yes = 'Confirmar', no = 'Voltar', harm = false } = {}) {
  const answer = await dialog(title, (close) => [
    h('p', null, text),
    h(
      'div.dialog-foot',
      null,
      button(no, { press: () => close(false) }),
      button(yes, { kind: harm ? 'main harm' : 'main', autofocus: true, press: () => close(true) }),
    ),
  ]);
  return answer === true;
}
