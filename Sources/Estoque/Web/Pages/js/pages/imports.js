// Imports: what is running, what came of it, and what failed.

import { get, newKey, post } from '../core/api.js';
import { h } from '../core/dom.js';
import { listen } from '../core/events.js';
import { session } from '../core/session.js';
import { button, linkButton } from '../ui/button.js';
import { confirm } from '../ui/dialog.js';
import { icon } from '../ui/icon.js';
import { isActive, jobColumns } from '../ui/job.js';
import { list } from '../ui/list.js';
import { pageHead } from '../ui/page-head.js';
import { empty } from '../ui/states.js';
import { toast } from '../ui/toast.js';

const KINDS = { products: 'Produtos', movements: 'Movimentos', staging: 'Produtos por revenda' };

export function page({ view, signal }) {
  const mayImport = session.may('operator');
  const begin = () => linkButton('Nova importação', '/importacoes/nova', { icon: 'plus', kind: 'main' });
  const actions = mayImport ? [linkButton('Revendas', '/importacoes/revendas', { icon: 'clock' }), begin()] : [];
  const jobs = list({
    caption: 'Importações',
    signal,
    columns: jobColumns({
      first: (job) => [h('span.strong', null, job.file), h('span.sub', null, KINDS[job.kind] ?? job.kind)],
      words: ['linha', 'linhas'],
      actions: (job) => jobActions(job, () => jobs.reload()),
    }),
    page: (after, stop) => get('/imports', { query: { limit: 50, after }, signal: stop }),
    empty: () =>
      empty('Nenhuma importação ainda', 'Traga produtos ou movimentos de uma planilha CSV, TSV ou Excel.', {
        icon: 'import',
        actions: mayImport ? [begin()] : [],
      }),
  });
  view.append(
    pageHead('Importações', { lead: 'Planilhas que viram produtos e movimentos.', actions }),
    h('section.card', { 'aria-label': 'Importações' }, jobs),
  );
  jobs.reload();
  listen('import', (job) => jobs.put(job), () => jobs.reload(), signal);
}

function jobActions(job, changed) {
  const address = `/api/imports/${job.id}`;
  const call = async (action, done) => {
    await post(`/imports/${job.id}/${action}`, undefined, { key: newKey() });
    toast(done);
    await changed();
  };
  const mayWrite = session.may('operator');
  return [
    Number(job.failed) > 0 && [
      file(`${address}/failures.csv`, 'Falhas em CSV', `falhas-${job.id}.csv`),
      file(`${address}/failures.json`, 'JSON', `falhas-${job.id}.json`, 'Falhas em JSON'),
    ],
    Number(job.done) > 0 &&
      !isActive(job) &&
      file(`${address}/successes.csv`, 'Importadas em CSV', `importadas-${job.id}.csv`),
    mayWrite &&
      isActive(job) &&
      button('Cancelar', {
        kind: 'small harm',
        press: async () => {
          if (
            await confirm('Cancelar a importação?', 'O que já foi importado fica. Ela pode ser retomada depois.', {
              yes: 'Cancelar importação',
              harm: true,
            })
          )
            await call('cancel', 'Importação cancelada');
        },
      }),
    mayWrite &&
      (job.state === 'failed' || job.state === 'cancelled') &&
      button('Retomar', { icon: 'retry', kind: 'small', press: () => call('resume', 'Importação retomada') }),
  ];
}

function file(href, text, name, label) {
  return h('a.button.small', { href, download: name, 'aria-label': label }, icon('download'), text);
}
