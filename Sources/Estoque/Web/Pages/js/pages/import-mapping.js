// The beginning of a table, with the meaning of each column to choose.

import { h } from '../core/dom.js';
import { icon } from '../ui/icon.js';

const MEANINGS = {
  code: 'Código',
  name: 'Nome',
  unit: 'Unidade',
  gtin: 'Código de barras',
  ncm: 'NCM',
  category: 'Categoria',
  minimumStock: 'Estoque mínimo',
  isActive: 'Ativo',
  quantity: 'Quantidade',
  unitCost: 'Custo unitário',
  reference: 'Documento',
  date: 'Data',
  dealer: 'Revenda',
  location: 'Local',
  lot: 'Lote',
  expiry: 'Validade',
};
const NEEDED = { products: ['code'], movements: ['code', 'quantity'], staging: ['dealer', 'code'] };
const DELIMITERS = { ',': 'vírgula', ';': 'ponto e vírgula', '\t': 'tabulação', '|': 'barra vertical' };

/** The table; `read()` gives `{ meaning: column index }`, `mistake(kind)` what is missing. */
export function mappingTable(preview) {
  const columns = preview.columns ?? [];
  const selects = columns.map((column) =>
    h(
      'select.input',
      { 'aria-label': `Significado da coluna ${column.title || column.index + 1}` },
      h('option', { value: '' }, 'Não importar'),
      Object.entries(MEANINGS).map(([meaning, text]) =>
        h('option', { value: meaning, selected: column.meaning === meaning }, text),
      ),
    ),
  );
  const wrong = h('div', { role: 'alert' });
  const element = h(
    'div.stack',
    null,
    h('p.soft', null, [described(preview), 'Diga o que cada coluna significa.'].filter(Boolean).join(' ')),
    h(
      'div.sample',
      { tabindex: '0', role: 'region', 'aria-label': 'Primeiras linhas da planilha' },
      h(
        'table',
        null,
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            columns.map((column, index) =>
              h('th', { scope: 'col' }, h('span', null, column.title || `Coluna ${column.index + 1}`), selects[index]),
            ),
          ),
        ),
        h(
          'tbody',
          null,
          (preview.rows ?? []).slice(0, 8).map((row) =>
            h(
              'tr',
              null,
              columns.map((column) => h('td', { title: row[column.index] }, row[column.index] ?? '')),
            ),
          ),
        ),
      ),
    ),
    wrong,
  );

  const chosen = () =>
    selects.map((select, position) => [select.value, columns[position].index]).filter(([meaning]) => meaning);
  element.read = () => Object.fromEntries(chosen());
  element.mistake = (kind) => {
    const meanings = chosen().map(([meaning]) => meaning);
    const twice = meanings.find((meaning, index) => meanings.indexOf(meaning) !== index);
    if (twice) return `Duas colunas estão marcadas como ${MEANINGS[twice]}.`;
    const missing = NEEDED[kind].filter((meaning) => !meanings.includes(meaning));
    return missing.length > 0
      ? `Falta dizer qual coluna é ${missing.map((meaning) => MEANINGS[meaning]).join(' e qual é ')}.`
      : '';
  };
  element.fail = (text) => {
    wrong.className = text ? 'banner bad' : '';
    wrong.replaceChildren(...(text ? [icon('alert'), h('div', null, text)] : []));
  };
  return element;
}

function described({ delimiter, encoding, hasHeader }) {
  const parts = [
    delimiter && `separador ${DELIMITERS[delimiter] ?? delimiter}`,
    encoding && `codificação ${encoding}`,
    hasHeader === false && 'sem linha de títulos',
  ].filter(Boolean);
  return parts.length > 0 ? `Reconhecido: ${parts.join(', ')}.` : '';
}
