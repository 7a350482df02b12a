// The fields of a product, for new ones and for changes.

import { h } from '../core/dom.js';
import { idOf } from '../core/lookups.js';
import * as parse from '../core/parse.js';
import { choice, decimal, text, tick } from '../ui/field.js';
import { Wrong } from '../ui/form.js';

/** Fields for a product; `element` to show, `all` for form.js, `read()` for the request's body. */
export function productFields(product = {}, categories = []) {
  const fields = {
    name: text('Nome', {
      name: 'name',
      value: product.name ?? '',
      required: true,
      maxlength: 120,
      whole: true,
      autofocus: true,
    }),
    code: text('Código', { name: 'code', value: product.code ?? '', required: true, maxlength: 60 }),
    unit: text('Unidade', {
      name: 'unit',
      value: product.unit ?? 'UN',
      required: true,
      maxlength: 6,
      hint: 'Como o estoque é contado: UN, KG, CX…',
    }),
    gtin: text('Código de barras (GTIN)', {
      name: 'gtin',
      value: product.gtin ?? '',
      inputmode: 'numeric',
      maxlength: 14,
    }),
    ncm: text('NCM', { name: 'ncm', value: product.ncm ?? '', inputmode: 'numeric', maxlength: 8 }),
    category: choice('Categoria', [['', 'Sem categoria'], ...categories.map((group) => [group.id, group.name])], {
      name: 'category',
      value: idOf(product.category) ?? '',
    }),
    minimum: decimal('Estoque mínimo', { name: 'minimum', value: parse.typed(product.minimum ?? '0') }),
  };
  const active = tick('Produto ativo', { name: 'active', checked: product.active !== false });
  const read = () => {
    const value = (name) => fields[name].input.value.trim();
    const minimum = parse.decimal(value('minimum'));
    const wrong = [];
    for (const name of ['name', 'code', 'unit'])
      if (!value(name)) wrong.push({ field: name, message: 'Preencha este campo.' });
    if (minimum === undefined || Number(minimum) < 0)
      wrong.push({ field: 'minimum', message: 'Escreva um número, como 12,5.' });
    if (value('gtin') && !parse.isBarcode(value('gtin')))
      wrong.push({ field: 'gtin', message: 'Um GTIN tem 8, 12, 13 ou 14 dígitos.' });
    if (wrong.length > 0) throw new Wrong(wrong);
    return {
      code: value('code'),
      name: value('name'),
      unit: value('unit'),
      gtin: value('gtin') || null,
      ncm: value('ncm') || null,
      category: value('category') ? Number(value('category')) : null,
      minimum: minimum ?? '0',
      active: active.input.checked,
    };
  };
  return { element: h('div.fields', null, Object.values(fields), active), all: Object.values(fields), read };
}
