// Changing a product, when somebody else may be doing the same.

import { put, request } from '../core/api.js';
import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { categories, idOf, nameOf } from '../core/lookups.js';
import { button } from '../ui/button.js';
import { dialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { icon } from '../ui/icon.js';
import { toast } from '../ui/toast.js';
import { productFields } from './product-fields.js';

const NAMES = {
  name: 'Nome',
  code: 'Código',
  unit: 'Unidade',
  gtin: 'GTIN',
  ncm: 'NCM',
  category: 'Categoria',
  minimum: 'Estoque mínimo',
  active: 'Ativo',
};

/** Asks for changes and saves them; resolves to whether something was saved. */
export async function editProduct(id, signal) {
  const [{ data: product, etag }, groups] = await Promise.all([
    request('GET', `/products/${id}`, { signal }),
    categories(),
  ]);
  const state = { etag, base: product };
  const saved = await dialog('Editar produto', (close) => editForm(id, product, groups, state, close), { wide: true });
  if (saved) toast('Produto salvo', { detail: saved.name });
  return Boolean(saved);
}

function editForm(id, product, groups, state, close) {
  const fields = productFields(product, groups);
  const conflict = h('div', { hidden: true });
  return form({
    fields: fields.all,
    content: [conflict, fields.element],
    foot: h(
      'div.dialog-foot',
      null,
      button('Cancelar', { press: () => close() }),
      button('Salvar', { type: 'submit', kind: 'main' }),
    ),
    send: async () => {
      try {
        close((await put(`/products/${id}`, fields.read(), { etag: state.etag })) ?? product);
      } catch (error) {
        if (error.status !== 412) throw error;
        const { data, etag } = await request('GET', `/products/${id}`);
        tell(conflict, state.base, data, groups);
        Object.assign(state, { etag, base: data });
      }
    },
  });
}

// Says what the other person changed; saving once more then keeps what stands in the fields.
function tell(box, before, now, groups) {
  const value = (product, name) => {
    const raw = name === 'category' ? idOf(product.category) : product[name];
    if (name === 'category') return nameOf(raw, groups) || 'sem categoria';
    if (name === 'minimum') return format.quantity(raw);
    return typeof raw === 'boolean' ? (raw ? 'sim' : 'não') : raw || 'vazio';
  };
  const changes = Object.keys(NAMES).filter((name) => value(before, name) !== value(now, name));
  box.hidden = false;
  box.className = 'banner warn';
  box.setAttribute('role', 'alert');
  box.tabIndex = -1;
  box.replaceChildren(
    icon('alert'),
    h(
      'div',
      null,
      h('div.strong', null, 'Outra pessoa alterou este produto enquanto você editava.'),
      changes.length > 0 &&
        h(
          'ul',
          null,
          changes.map((name) =>
            h('li', null, `${NAMES[name]}: de “${value(before, name)}” para “${value(now, name)}”`),
          ),
        ),
      h('div', null, 'Confira os campos. Ao salvar de novo, vale o que está neles.'),
    ),
  );
  box.focus();
}
