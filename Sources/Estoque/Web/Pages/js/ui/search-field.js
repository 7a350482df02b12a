// Search as you type, and the field for a scanner.

import { h } from '../core/dom.js';
import { field } from './field.js';
import { icon } from './icon.js';

/** Calls `search(text)` a moment after the last key; at once on Enter. */
export function searchField(label, { value = '', placeholder = '', grow = true, search, ...attributes }) {
  const input = h('input.input', {
    type: 'search',
    value,
    placeholder,
    maxlength: 120,
    autocomplete: 'off',
    spellcheck: 'false',
    enterkeyhint: 'search',
    ...attributes,
  });
  let timer;
  let last = value;
  const tell = () => {
    clearTimeout(timer);
    if (input.value.trim() === last) return;
    last = input.value.trim();
    search(last);
  };
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(tell, 220);
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') tell();
  });
  h('div.with-icon', null, icon('search'), input);
  return field(label, input, { grow });
}

/** A field that a scanner types into: Enter reads, and the field is ready for the next code. */
export function barcodeField(label, { read, hint, placeholder = 'Leia o código' }) {
  const input = h('input.input', {
    type: 'text',
    inputmode: 'numeric',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder,
    enterkeyhint: 'go',
  });
  h('div.with-icon', null, icon('barcode'), input);
  const element = field(label, input, { hint });
  input.addEventListener('keydown', async (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    const code = input.value.trim();
    if (!code) return;
    element.fail(null);
    try {
      await read(code);
      input.value = '';
    } catch (error) {
      element.fail(error.status === 404 ? `Nenhum produto tem o código ${code}.` : error.message);
      input.select();
    }
  });
  return element;
}
