// Counting: read a code, type how many, Enter, and the next code.

import { get } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import * as format from '../core/format.js';
import * as parse from '../core/parse.js';
import { button } from '../ui/button.js';
import { decimal } from '../ui/field.js';
import { Wrong, form } from '../ui/form.js';
import { productField } from '../ui/product-picker.js';
import { barcodeField } from '../ui/search-field.js';

/** `save(product, quantity)` records; `counted(product)` is an earlier count of it. */
export function counter({ save, counted, signal }) {
  let product = null;
  const name = h('div', { role: 'status' });
  const quantity = decimal('Quantidade contada', { name: 'quantity', disabled: true });
  quantity.input.classList.add('big-count');
  const barcode = barcodeField('Código de barras', {
    hint: 'Enter passa para a quantidade; Enter de novo grava e volta para cá.',
    read: async (code) => take(await get(`/products/barcode/${encodeURIComponent(code)}`, { signal })),
  });
  const picker = productField('ou procure o produto');
  picker.input.addEventListener('choose', (event) => {
    if (event.detail) take(event.detail);
  });
  if (!matchMedia('(pointer: coarse)').matches) barcode.input.setAttribute('autofocus', '');

  function take(found) {
    product = found;
    const before = counted(found);
    fill(
      name,
      h('div.strong', null, found.name),
      h(
        'div.soft.small',
        null,
        [found.code, found.unit, before && `já contado: ${format.quantity(before.quantity, found.unit)}`]
          .filter(Boolean)
          .join(' · '),
      ),
    );
    quantity.input.disabled = false;
    quantity.input.value = '';
    quantity.input.focus();
  }

  return form({
    fields: [quantity],
    content: [h('div.fields', null, barcode, picker), name, quantity],
    foot: h('div.actions', null, button('Gravar contagem', { type: 'submit', kind: 'main' })),
    send: async () => {
      const value = parse.decimal(quantity.input.value);
      if (!product) throw new Wrong([{ field: '', message: 'Leia ou escolha um produto primeiro.' }]);
      if (value === undefined || value === null || value.startsWith('-'))
        throw new Wrong([{ field: 'quantity', message: 'Informe quanto foi contado, como 12 ou 3,5.' }]);
      await save(product, value);
      fill(name, h('div.soft', null, `Gravado: ${format.quantity(value, product.unit)} de ${product.name}.`));
      product = null;
      quantity.input.value = '';
      quantity.input.disabled = true;
      picker.input.choose(null);
      barcode.input.focus();
    },
  });
}
