// Small registers: categories, places, and which product a supplier's code means.

import { h } from '../core/dom.js';
import { pageHead } from '../ui/page-head.js';
import { categoryCard } from './register-categories.js';
import { locationCard } from './register-locations.js';
import { supplierCard } from './register-suppliers.js';

export function page({ view, signal }) {
  view.append(
    pageHead('Cadastros', { lead: 'Categorias, locais e os códigos dos fornecedores.' }),
    h('div.grid', null, categoryCard(signal), locationCard(signal)),
    supplierCard(signal),
  );
}
