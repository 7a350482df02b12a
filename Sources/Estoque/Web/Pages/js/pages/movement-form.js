// A new movement: entry, exit, adjustment or transfer.

import { get, post } from '../core/api.js';
import { h } from '../core/dom.js';
import { locations } from '../core/lookups.js';
import { once } from '../core/once.js';
import * as parse from '../core/parse.js';
import { button } from '../ui/button.js';
import { dialog } from '../ui/dialog.js';
import { area, choice, choices, decimal, text } from '../ui/field.js';
import { Wrong, form } from '../ui/form.js';
import { productField } from '../ui/product-picker.js';
import { failed, toast } from '../ui/toast.js';
import * as format from '../core/format.js';

const KINDS = [
  ['receipt', 'Entrada'],
  ['issue', 'Saída'],
  ['adjustment', 'Ajuste'],
  ['transfer', 'Transferência'],
];

export function newMovementButton(after, product) {
  return button('Novo movimento', {
    icon: 'plus',
    kind: 'main',
    'aria-keyshortcuts': 'n',
    press: () => newMovement({ after, product }),
  });
}

/** Asks for a movement and posts it; tells by an event too, so that the open list can show it. */
export async function newMovement({ after, product } = {}) {
  let places;
  try {
    places = (await locations()).filter((place) => place.active !== false);
    if (product && product.name === undefined) product = await get(`/products/${product.id}`);
  } catch (error) {
    return failed(error);
  }
  const done = await dialog('Novo movimento', (close) => movementForm(places, product, close), { wide: true });
  if (!done) return undefined;
  toast('Movimento registrado', { detail: done.words });
  dispatchEvent(new CustomEvent('estoque:movement', { detail: done.answer }));
  return after?.(done.answer);
}

function movementForm(places, product, close) {
  const options = places.map((place) => [
    place.id,
    place.code && place.code !== place.name ? `${place.code} · ${place.name}` : place.name,
  ]);
  const fields = {
    product: productField('Produto', { whole: true, value: product ?? null, autofocus: !product, required: true }),
    location: choice('Local', options, { name: 'location' }),
    to: choice('Para o local', options, { name: 'to', value: options[1]?.[0] }),
    direction: choice(
      'Sentido do ajuste',
      [
        ['+', 'Acréscimo'],
        ['-', 'Decréscimo'],
      ],
      { name: 'direction' },
    ),
    quantity: decimal('Quantidade', { name: 'quantity', required: true, autofocus: Boolean(product) }),
    unitCost: decimal('Custo unitário (R$)', { name: 'unitCost', hint: 'Em branco: o custo médio.' }),
    lot: text('Lote', { name: 'lot', maxlength: 60 }),
    expiry: text('Validade', { name: 'expiry', type: 'date' }),
    reference: text('Documento', { name: 'reference', maxlength: 120, hint: 'Nota, pedido ou ordem.' }),
    note: area('Observação', { name: 'note', maxlength: 500 }),
  };
  let kind = 'receipt';
  const arrange = (next) => {
    kind = next;
    fields.to.hidden = kind !== 'transfer';
    fields.direction.hidden = kind !== 'adjustment';
    fields.unitCost.hidden = kind === 'issue' || kind === 'transfer';
    fields.lot.hidden = kind === 'adjustment';
    fields.expiry.hidden = kind !== 'receipt';
  };
  arrange(kind);
  const keyOf = once();
  return form({
    fields: Object.values(fields),
    content: [
      choices('Tipo', KINDS, { name: 'kind', value: kind, pick: arrange }),
      h('div.fields', null, Object.values(fields)),
    ],
    foot: h(
      'div.dialog-foot',
      null,
      button('Cancelar', { press: () => close() }),
      button('Registrar', { type: 'submit', kind: 'main' }),
    ),
    send: async () => {
      const body = read(kind, fields);
      const answer = await post('/movements', body, { key: keyOf(body) });
      const chosen = fields.product.input.chosen;
      close({ answer, words: `${format.quantity(body.quantity.replace('-', ''), chosen.unit)} de ${chosen.name}` });
    },
  });
}

function read(kind, fields) {
  const wrong = [];
  const value = (name) => (fields[name].hidden ? '' : fields[name].input.value.trim());
  const number = (name, isNeeded) => {
    const result = fields[name].hidden ? null : parse.decimal(value(name));
    if (result === undefined) wrong.push({ field: name, message: 'Escreva um número, como 12,5.' });
    else if (isNeeded && (result === null || Number(result) <= 0))
      wrong.push({ field: name, message: 'Informe uma quantidade maior que zero.' });
    return result;
  };
  const product = fields.product.input.chosen;
  if (!product) wrong.push({ field: 'product', message: 'Escolha um produto da lista.' });
  let quantity = number('quantity', true);
  const unitCost = number('unitCost');
  if (kind === 'transfer' && value('location') === value('to'))
    wrong.push({ field: 'to', message: 'Escolha outro local.' });
  if (wrong.length > 0) throw new Wrong(wrong);
  if (kind === 'adjustment' && value('direction') === '-') quantity = parse.negated(quantity);
  const body = { kind, product: product.id, location: Number(value('location')), quantity };
  if (kind === 'transfer') body.to = Number(value('to'));
  if (unitCost !== null) body.unitCost = unitCost;
  for (const name of ['lot', 'expiry', 'reference', 'note']) if (value(name)) body[name] = value(name);
  return body;
}
