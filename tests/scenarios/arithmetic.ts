/** Reckons what a document writes down: numbers, + − × ÷, brackets and floor(…), as a person with a pocket calculator would. */

/** Throws on anything else: a formula that cannot be read proves nothing. */
export function reckon(formula: string): number {
  const tokens = formula.match(/floor|[\d.]+|[-+×÷()]|\S/g) ?? [];
  let next = 0;
  const take = (expected?: string): string => {
    const token = tokens[next++];
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw new Error(`"${formula}": ${expected ?? 'a number'} is expected, not ${token ?? 'the end'}`);
    }
    return token;
  };
  const factor = (): number => {
    const token = take();
    if (token === '-') return -factor();
    if (token === 'floor') return Math.floor(factor());
    if (token === '(') {
      const inside = sum();
      take(')');
      return inside;
    }
    if (!/^\d+(?:\.\d+)?$/.test(token)) throw new Error(`"${formula}": ${token} is no number`);
    return Number(token);
  };
  const product = (): number => {
    let value = factor();
    while (tokens[next] === '×' || tokens[next] === '÷') value = take() === '×' ? value * factor() : value / factor();
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (tokens[next] === '+' || tokens[next] === '-') value = take() === '+' ? value + product() : value - product();
    return value;
  };
  const value = sum();
  if (next < tokens.length) throw new Error(`"${formula}": what is ${tokens[next]}?`);
  return value;
}
