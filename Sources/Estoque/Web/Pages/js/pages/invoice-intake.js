// Sending files, and how far they are.

import { get, newKey } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import * as format from '../core/format.js';
import { upload } from '../core/upload.js';
import { NFE_STATES, badge } from '../ui/badge.js';
import { dropzone } from '../ui/dropzone.js';
import { progress } from '../ui/progress.js';
import { failed } from '../ui/toast.js';

// Requests of a bearable size: one that fails takes few files with it, and is sent again as a whole.
const PART = { files: 40, bytes: 8 << 20 };

/** The zone for files, with progress below it once there is some; `follow(note)` for what the server tells, `catchUp()` for what it could not. */
export function intake({ signal, sent }) {
  const states = new Map();
  const batches = new Set();
  const bar = progress('Enviando…');
  const summary = h('div.chips', { role: 'status' });
  const zone = dropzone({
    title: 'Arraste os XMLs para cá',
    hint: 'Um ou muitos arquivos XML, ou um ZIP. Cada nota é conferida por si; uma ruim não atrapalha as outras.',
    accept: '.xml,.zip,text/xml,application/xml,application/zip',
    multiple: true,
    signal,
    take,
  });
  const element = h(
    'section.stack',
    { 'aria-label': 'Enviar notas' },
    zone,
    h('div.card', { hidden: true }, h('div.body', null, h('div.stack', null, bar, summary))),
  );
  const panel = element.querySelector('.card');

  const show = () => {
    const counts = counted(states.values());
    const done = states.size - (counts.waiting ?? 0);
    const isEnd = states.size > 0 && done === states.size;
    bar.set({ done, total: states.size, text: isEnd ? 'Tudo processado' : 'Processando…' });
    fill(
      summary,
      Object.entries(NFE_STATES)
        .filter(([state]) => counts[state])
        .map(([state, look]) => badge(`${format.count(counts[state])} ${look.text}`, look.kind, look.icon)),
    );
  };

  async function take(files) {
    const parts = divided(files);
    panel.hidden = false;
    zone.classList.add('compact');
    const total = files.reduce((sum, file) => sum + file.size, 0);
    let before = 0;
    for (const part of parts) {
      const form = new FormData();
      for (const file of part) form.append('file', file, file.name);
      const key = newKey();
      try {
        const answer = await upload('/nfe', form, {
          key,
          signal,
          progress: (loaded) =>
            bar.set({
              done: before + loaded,
              total,
              text: `Enviando ${format.plural(files.length, 'arquivo', 'arquivos')}…`,
              note: format.share(Math.min(1, (before + loaded) / total)),
            }),
        });
        batches.add(answer.batch);
        for (const note of answer.documents ?? [])
          if (!states.has(note.id) || states.get(note.id) === 'waiting') states.set(note.id, note.state);
      } catch (error) {
        if (error.name === 'AbortError') return;
        failed(error);
      }
      before += part.reduce((sum, file) => sum + file.size, 0);
    }
    if (states.size === 0) panel.hidden = true;
    show();
    sent();
    catchUp();
  }

  // Live events may be late or lost: what still waits is asked for now and then.
  async function catchUp() {
    for (const wait of [1500, 4000, 8000, 15000]) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (signal.aborted || ![...states.values()].includes('waiting')) return;
      for (const batch of batches) {
        const page = await get('/nfe', { query: { batch, limit: 200 }, signal }).catch(() => ({ items: [] }));
        for (const note of page.items) if (states.has(note.id)) states.set(note.id, note.state);
      }
      show();
    }
  }

  element.catchUp = catchUp;
  element.follow = (note) => {
    if (!states.has(note.id) && !batches.has(note.batch)) return;
    states.set(note.id, note.state);
    show();
  };
  return element;
}

function divided(files) {
  const parts = [];
  let size = Infinity;
  for (const file of files) {
    if (parts.length === 0 || parts.at(-1).length >= PART.files || size + file.size > PART.bytes) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1).push(file);
    size += file.size;
  }
  return parts;
}

function counted(values) {
  const counts = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
