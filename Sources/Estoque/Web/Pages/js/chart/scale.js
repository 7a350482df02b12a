// Round steps for an axis.

/** Values from 0 to at least `highest`, about `wanted` steps of 1, 2, 2.5 or 5 times a power of ten. */
export function ticks(highest, wanted = 4) {
  if (!(highest > 0)) return [0, 1];
  const rough = highest / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999);
  const result = [];
  for (let value = 0; value < highest + step * 0.999; value += step) result.push(Number(value.toPrecision(12)));
  return result;
}
