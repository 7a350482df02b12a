// How far something is.

import { h, newId } from '../core/dom.js';
import { count } from '../core/format.js';

/** A bar with words; `set({ done, total, text, note })`, total null while it is not known. */
export function progress(label, first) {
  const id = newId('progresso');
  const bar = h('progress', { 'aria-labelledby': id, max: 1 });
  const words = h('span', { id }, label);
  const note = h('span');
  const element = h('div.progress', null, h('div.text', null, words, note), bar);
  element.set = ({ done = 0, total, text, note: remark }) => {
    if (total > 0) {
      bar.max = total;
      bar.value = Math.min(done, total);
    } else {
      bar.removeAttribute('value');
    }
    if (text) words.textContent = text;
    note.textContent = remark ?? (total > 0 ? `${count(done)} de ${count(total)}` : done > 0 ? count(done) : '');
  };
  if (first) element.set(first);
  return element;
}
