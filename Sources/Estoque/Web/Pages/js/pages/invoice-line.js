// One line of a document under review: which product it is, and how many of it are in one unit of the line.

import { fill, h } from '../core/dom.js';
import * as format from '../core/format.js';
import * as parse from '../core/parse.js';
import { button } from '../ui/button.js';
import { decimal, tick } from '../ui/field.js';
import { productField } from '../ui/product-picker.js';

const GROUNDS = { supplier: 'pelo fornecedor', gtin: 'pelo código de barras', code: 'pelo código', name: 'pelo nome' };

export function reviewLine(line) {
  const suggestion = [line.suggestions ?? line.suggestion ?? []].flat()[0];
  const suggested = suggestion?.product ?? suggestion;
  const name = `line-${line.number}`;
  const picker = productField(`Produto do item ${line.number}`, { value: line.product ?? null });
  picker.name = name;
  picker.querySelector('label').className = 'unseen';
  const create = tick('Criar produto novo', {});
  const factor = decimal(`Fator do item ${line.number}`, {
    name: `${name}-factor`,
    value: parse.typed(line.factor ?? '1'),
  });
  factor.querySelector('label').className = 'unseen';
  const result = h('span.sub');
  const self = {
    line,
    suggested,
    fields: [picker, factor],
    changed: () => {},
    isReady: () => create.input.checked || Boolean(picker.input.chosen),
    create: () => {
      create.input.checked = true;
      picker.input.disabled = true;
      picker.fail(null);
      self.changed();
    },
    accept: () => {
      if (!suggested) return;
      create.input.checked = false;
      picker.input.disabled = false;
      picker.input.choose(suggested);
      picker.fail(null);
      hint.hidden = true;
    },
    mistakes: () => {
      const wrong = [];
      if (!self.isReady()) wrong.push({ field: name, message: 'Escolha o produto, ou crie um novo.' });
      const value = parse.decimal(factor.input.value);
      if (value === undefined || value === null || Number(value) <= 0)
        wrong.push({ field: `${name}-factor`, message: 'Maior que zero.' });
      return wrong;
    },
    read: () => ({
      number: line.number,
      factor: parse.decimal(factor.input.value),
      ...(create.input.checked ? { create: true } : { product: picker.input.chosen.id }),
    }),
  };
  const hint =
    suggested &&
    !line.product &&
    button(`Sugestão: ${suggested.name ?? suggested.code}`, {
      icon: 'check',
      kind: 'small',
      title: GROUNDS[suggestion.ground],
      press: () => self.accept(),
    });
  const tell = () => {
    const value = parse.decimal(factor.input.value);
    const unit = picker.input.chosen?.unit ?? line.unit;
    fill(
      result,
      value > 0
        ? `resulta em ${format.quantity(Math.round(Number(line.quantity) * Number(value) * 1e4) / 1e4, unit)}`
        : '',
    );
  };
  create.input.addEventListener('change', () => {
    picker.input.disabled = create.input.checked;
    picker.fail(null);
    self.changed();
  });
  for (const event of ['choose', 'input']) {
    picker.input.addEventListener(event, () => {
      tell();
      self.changed();
    });
  }
  factor.input.addEventListener('input', tell);
  tell();
  self.productCell = h('div.stack', null, picker, h('div.row', null, hint, create));
  self.factorCell = [factor, result];
  return self;
}
