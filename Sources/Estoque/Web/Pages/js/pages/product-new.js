// A new product.

import { post } from '../core/api.js';
import { h } from '../core/dom.js';
import { categories } from '../core/lookups.js';
import { once } from '../core/once.js';
import { go } from '../core/router.js';
import { button, linkButton } from '../ui/button.js';
import { form } from '../ui/form.js';
import { pageHead } from '../ui/page-head.js';
import { toast } from '../ui/toast.js';
import { productFields } from './product-fields.js';

export async function page({ view, signal }) {
  const fields = productFields({}, await categories());
  const keyOf = once();
  view.append(
    pageHead('Novo produto', { back: { href: '/estoque', text: 'Estoque' } }),
    h(
      'section.card',
      { 'aria-label': 'Dados do produto' },
      h(
        'div.body',
        null,
        form({
          fields: fields.all,
          content: fields.element,
          foot: h(
            'div.actions',
            null,
            button('Cadastrar', { type: 'submit', kind: 'main' }),
            linkButton('Cancelar', '/estoque'),
          ),
          send: async () => {
            const body = fields.read();
            const product = await post('/products', body, { key: keyOf(body), signal });
            toast('Produto cadastrado', { detail: product.name });
            go(`/produtos/${product.id}`, { replace: true });
          },
        }),
      ),
    ),
  );
}
