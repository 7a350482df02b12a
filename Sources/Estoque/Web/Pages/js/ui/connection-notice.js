// A line above everything while the server cannot be reached or asks to wait.

import { connection } from '../core/connection.js';
import { fill, h } from '../core/dom.js';
import { icon } from './icon.js';

export function connectionNotice() {
  const element = h('div.notice', { role: 'status', hidden: true });
  let timer;
  const show = (name, text) => {
    element.hidden = !text;
    fill(element, text && [icon(name), text]);
  };
  connection.addEventListener('change', () => {
    clearTimeout(timer);
    if (connection.online) show();
    else show('offline', 'Sem conexão com o servidor. Tentando de novo…');
  });
  connection.addEventListener('waiting', (event) => {
    const { seconds } = event.detail;
    show('clock', `O servidor está ocupado. Nova tentativa em ${seconds} s…`);
    clearTimeout(timer);
    timer = setTimeout(show, (seconds + 1) * 1000);
  });
  return element;
}
