// Keys against doubles: what is sent twice with the same content happens once, what was corrected is sent anew.

import { newKey } from './api.js';

/** A function from a request's content to its Idempotency-Key, for as long as a form is open. */
export function once() {
  const base = newKey();
  return (content) => `${base}-${fingerprint(JSON.stringify(content))}`;
}

// djb2 in 32 bits twice, which is enough to tell the few versions of one form from each other.
function fingerprint(text) {
  let [one, two] = [5381, 52_711];
  for (const character of text) {
    one = (Math.imul(one, 33) ^ character.codePointAt(0)) >>> 0;
    two = (Math.imul(two, 31) + character.codePointAt(0)) >>> 0;
  }
  return one.toString(36) + two.toString(36);
}
