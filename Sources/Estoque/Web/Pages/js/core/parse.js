// What people type, as the API wants it.

/** `1.234,56` or `1234.56` as `1234.56`; undefined when it is no number, null when empty. */
export function decimal(text) {
  const typed = String(text ?? '')
    .replace(/[\s\u00a0]/g, '')
    .replace(/^R\$/, '')
    .replace('−', '-');
  if (typed === '') return null;
  let plain = typed;
  if (typed.includes(',')) {
    if (!/^[-+]?(\d{1,3}(\.\d{3})+|\d*),\d*$/.test(typed)) return undefined;
    plain = typed.replaceAll('.', '').replace(',', '.');
  } else if (/^[-+]?\d{1,3}(\.\d{3}){2,}$/.test(typed)) {
    plain = typed.replaceAll('.', '');
  }
  const match = /^([-+]?)0*(\d*)(?:\.(\d*))?$/.exec(plain);
  if (!match || (match[2] === '' && !/\d/.test(plain))) return undefined;
  const whole = match[2] || '0';
  const rest = (match[3] ?? '').replace(/0+$/, '');
  const value = rest ? `${whole}.${rest}` : whole;
  return match[1] === '-' && value !== '0' ? `-${value}` : value;
}

/** A decimal text as it stands in a field: `1234.5` as `1234,5`. */
export const typed = (value) => (value === null || value === undefined ? '' : String(value).replace('.', ','));

/** Whether a text looks like a bar code: 8, or 12 to 14 digits. */
export const isBarcode = (text) => /^(\d{8}|\d{12,14})$/.test(text);

/** A decimal text times -1. */
export const negated = (value) => (value.startsWith('-') ? value.slice(1) : value === '0' ? value : `-${value}`);
