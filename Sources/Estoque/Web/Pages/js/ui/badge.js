// States in one word and a colour.

import { h } from '../core/dom.js';
import { icon } from './icon.js';

export function badge(text, kind = '', name) {
  return h('span.badge', { class: kind }, name && icon(name), text);
}

export const NFE_STATES = {
  waiting: { text: 'na fila', kind: 'info', icon: 'clock', tone: 'info' },
  accepted: { text: 'aceita', kind: 'good', icon: 'check', tone: 'good' },
  review: { text: 'a revisar', kind: 'warn', icon: 'alert', tone: 'warn' },
  refused: { text: 'recusada', kind: 'bad', icon: 'close', tone: 'bad' },
  conflict: { text: 'conflito', kind: 'orange', icon: 'alert', tone: 'orange' },
  duplicate: { text: 'já processada', kind: '', icon: 'copy', tone: 'plain' },
  event: { text: 'evento', kind: '', icon: 'info', tone: 'plain' },
};

export const JOB_STATES = {
  waiting: { text: 'na fila', kind: 'info', icon: 'clock' },
  running: { text: 'em andamento', kind: 'info', icon: 'retry' },
  done: { text: 'pronto', kind: 'good', icon: 'check' },
  failed: { text: 'falhou', kind: 'bad', icon: 'close' },
  cancelled: { text: 'cancelado', kind: '', icon: 'close' },
};

export const KINDS = {
  receipt: { text: 'entrada', kind: 'good', icon: 'down' },
  issue: { text: 'saída', kind: 'orange', icon: 'up' },
  adjustment: { text: 'ajuste', kind: 'info', icon: 'adjust' },
  transfer: { text: 'transferência', kind: '', icon: 'moves' },
  reversal: { text: 'estorno', kind: 'warn', icon: 'undo' },
};

export const STOCKTAKE_STATES = {
  open: { text: 'aberta', kind: 'info', icon: 'clock' },
  closed: { text: 'encerrada', kind: 'good', icon: 'check' },
  cancelled: { text: 'cancelada', kind: '', icon: 'close' },
};

/** The badge of a state from one of the tables above; unknown states show as they are. */
export function stateBadge(states, state) {
  const look = states[state] ?? { text: String(state ?? ''), kind: '' };
  return badge(look.text, look.kind, look.icon);
}
