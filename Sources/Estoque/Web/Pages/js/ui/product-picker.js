// Choosing a product by name, code or bar code.

import { get } from '../core/api.js';
import { isBarcode } from '../core/parse.js';
import { combobox } from './combobox.js';
import { field } from './field.js';

const show = (product) => ({
  title: [product.code, product.name].filter(Boolean).join(' · '),
  note: [product.unit, product.gtin].filter(Boolean).join(' · '),
});

async function find(text, signal) {
  if (isBarcode(text)) {
    const product = await get(`/products/barcode/${text}`, { signal }).catch((error) => {
      if (error.status !== 404) throw error;
    });
    if (product) return [product];
  }
  return (await get('/products', { query: { search: text, active: true, limit: 12 }, signal })).items;
}

/** The input alone; `.chosen` is the product. */
function productInput(attributes = {}) {
  return combobox({ find, show, placeholder: 'Nome, código ou código de barras', ...attributes });
}

/** With label; the field's `.input.chosen` is the product. */
export function productField(label, { hint, whole, grow, ...attributes } = {}) {
  return field(label, productInput({ name: 'product', ...attributes }), { hint, whole, grow, name: 'product' });
}
