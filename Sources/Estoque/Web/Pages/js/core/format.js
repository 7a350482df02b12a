// Numbers, money and moments as people in Brazil write them. Decimals stay texts, so that they stay exact.

const LOCALE = 'pt-BR';
const number = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 4 });
const signed = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 4, signDisplay: 'exceptZero' });
const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });
const reais = new Intl.NumberFormat(LOCALE, { style: 'currency', currency: 'BRL' });
const unitPrice = new Intl.NumberFormat(LOCALE, { style: 'currency', currency: 'BRL', maximumFractionDigits: 10 });
const percent = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 0 });
const calendarDay = new Intl.DateTimeFormat(LOCALE, {
  day: '2-digit',
  month: '2-digit',
  year: 'numeric',
  timeZone: 'UTC',
});
const localDay = new Intl.DateTimeFormat(LOCALE, { day: '2-digit', month: '2-digit', year: 'numeric' });
const shortDay = new Intl.DateTimeFormat(LOCALE, { day: '2-digit', month: '2-digit', timeZone: 'UTC' });
const longDay = new Intl.DateTimeFormat(LOCALE, { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' });
const moment = new Intl.DateTimeFormat(LOCALE, {
  day: '2-digit',
  month: '2-digit',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' });

export const DASH = '—';
const isMissing = (value) => value === null || value === undefined || value === '';
const shown = (value, format) => (isMissing(value) ? DASH : format.format(value));

// A true minus sign, which is as wide as a plus.
const minus = (text) => text.replace('-', '−');

export const quantity = (value, unit) =>
  isMissing(value) || !unit ? minus(shown(value, number)) : `${minus(number.format(value))} ${unit}`;
export const change = (value) => minus(shown(value, signed));
export const count = (value) => shown(value, number);
export const short = (value) => shown(value, compact);
export const money = (value) => minus(shown(value, reais));
export const price = (value) => minus(shown(value, unitPrice));
export const share = (value) => shown(value, percent);

const asDay = (value) => new Date(`${String(value).slice(0, 10)}T00:00:00Z`);
export const date = (value) => (isMissing(value) ? DASH : calendarDay.format(asDay(value)));
export const dayAndMonth = (value) => (isMissing(value) ? DASH : shortDay.format(asDay(value)));
export const wholeDate = (value) => (isMissing(value) ? DASH : longDay.format(asDay(value)));
/** The day of a moment, in this browser's time zone. */
export const day = (value) => (isMissing(value) ? DASH : localDay.format(new Date(value)));
export const time = (value) => (isMissing(value) ? DASH : moment.format(new Date(value)).replace(',', ''));

const STEPS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];
/** "há 5 minutos", up to a week; then the day. */
export function ago(value, now = Date.now()) {
  if (isMissing(value)) return DASH;
  const seconds = (new Date(value).getTime() - now) / 1000;
  if (Math.abs(seconds) > 7 * 86_400) return time(value);
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
  return relative.format(Math.round(seconds / size), unit);
}

/** Today in this browser's time zone, as YYYY-MM-DD; `back` days earlier. */
export function today(back = 0) {
  const now = new Date();
  const noon = new Date(now.getFullYear(), now.getMonth(), now.getDate() - back, 12);
  return `${noon.getFullYear()}-${String(noon.getMonth() + 1).padStart(2, '0')}-${String(noon.getDate()).padStart(2, '0')}`;
}

/** A CNPJ or CPF with its punctuation; anything else as it is. */
export function identity(value) {
  const text = String(value ?? '');
  if (/^[0-9A-Z]{12}\d{2}$/.test(text)) return text.replace(/^(..)(...)(...)(....)(..)$/, '$1.$2.$3/$4-$5');
  if (/^\d{11}$/.test(text)) return text.replace(/^(...)(...)(...)(..)$/, '$1.$2.$3-$4');
  return text || DASH;
}

/** An access key in groups of four. */
export const accessKey = (value) => (isMissing(value) ? DASH : String(value).replace(/(.{4})(?=.)/g, '$1 '));

/** As a sentence: with a capital, and a full stop. */
export function sentence(text) {
  const plain = String(text ?? '').trim();
  if (!plain) return '';
  return plain[0].toLocaleUpperCase(LOCALE) + plain.slice(1) + (/[.!?…]$/.test(plain) ? '' : '.');
}

/** `1 item`, `2 itens`. */
export const plural = (amount, one, many) => `${number.format(amount)} ${Number(amount) === 1 ? one : many}`;
