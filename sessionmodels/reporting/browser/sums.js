// Sums cubes into the rows of a figure, as sums.py does.
const EVERYONE = -1;

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

function sumsOf(part, cube, chosen) {
  const shift = part.before ? chosen.last - chosen.first + 1 : 0;
  const first = chosen.first - shift, last = chosen.last - shift;
  const column = (name) => cube.columns[cube.keys.includes(name) ? cube.keys.indexOf(name) : cube.keys.length + cube.sums.indexOf(name)];
  const [steps, values] = cube.columns;
  const keys = part.by.map(column), sums = Object.values(part.sums).map(column);
  const gaps = cube.keys.includes("gap") ? column("gap") : null;
  const value = gaps && chosen.value === null ? EVERYONE : chosen.value;
  const everyDay = part.by.includes("step");
  const found = new Map();
  for (let n = 0; n < steps.length; n++) {
    if (steps[n] < first || steps[n] > last || (value !== null && values[n] !== value)) continue;
    if (gaps && !everyDay && gaps[n] && steps[n] - gaps[n] >= first) continue; // counted on an earlier step of the range
    const key = keys.map((one) => one[n] + (one === steps ? shift : 0));
    const name = key.join();
    if (!found.has(name)) found.set(name, { key, totals: sums.map(() => 0) });
    const totals = found.get(name).totals;
    for (let m = 0; m < sums.length; m++) totals[m] += sums[m][n];
  }
  return found;
}

function* product(domains, key = []) {
  if (!domains.length) yield key;
  else for (const one of domains[0]) yield* product(domains.slice(1), [...key, one]);
}

function rowsOf(figure, facts, chosen) {
  const parts = figure.parts.map((part) => [part, sumsOf(part, facts.cubes[part.cube], chosen)]);
  if (parts.every(([, sums]) => !sums.size)) return [];
  const rows = parts.flatMap(([part, sums]) => [...rowsOfPart(part, facts, sums, chosen)]);
  const nothing = Object.entries(figure.nothing);
  return !nothing.length || rows.some((row) => nothing.some(([key, number]) => row[key] !== number)) ? rows : [];
}

function* rowsOfPart(part, facts, sums, chosen) {
  const cube = facts.cubes[part.cube];
  const range = (from, to) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
  const domain = (name) => (name === "step" ? range(chosen.first, chosen.last) : range(0, cube.labels[name].length - 1));
  const inOrder = (one, other) => one.map((key, n) => key - other[n]).find((difference) => difference) ?? 0;
  const keys = part.fill.length ? product(part.fill.map(domain)) : [...sums.values()].map((one) => one.key).sort(inOrder);
  const cohorts = new Set([...sums.values()].map((one) => one.key[0]));
  const earlier = part.before ? chosen.last - chosen.first + 1 : 0;
  for (const key of keys) {
    if (earlier && part.by[0] === "step" && key[0] - earlier < facts.known_from) continue; // no event is so old
    if (cube.last_later.length && (!cohorts.has(key[0]) || key[1] > cube.last_later[key[0]])) continue;
    const row = {};
    part.by.forEach((name, n) => {
      row[name] = key[n];
      if (name === "step") row.date = facts.starts[key[n]];
      else row[`${name}_label`] = cube.labels[name][key[n]];
    });
    const totals = sums.get(key.join())?.totals;
    Object.keys(part.sums).forEach((name, n) => { row[name] = totals ? totals[n] : 0; });
    yield Object.assign(row, part.constant);
  }
}

function headline(facts, chosen) {
  const sums = Object.fromEntries(facts.cubes.sessions.sums.map((name) => [name, name]));
  const of = (before) => {
    if (before && 2 * chosen.first - chosen.last - 1 < facts.known_from) return null;
    const totals = sumsOf({ by: [], sums, before }, facts.cubes.sessions, chosen).get("")?.totals ?? Object.keys(sums).fill(0);
    const visitors = sumsOf({ by: [], sums: { n: "visitors" }, before }, facts.cubes.visitors, chosen).get("")?.totals[0] ?? 0;
    return { ...Object.fromEntries(facts.cubes.sessions.sums.map((name, n) => [name, totals[n]])), visitors };
  };
  const days = sumsOf({ by: ["step"], sums }, facts.cubes.sessions, chosen);
  const visitors = sumsOf({ by: ["step"], sums: { n: "visitors" } }, facts.cubes.visitors, chosen);
  const byDay = Array.from({ length: chosen.last - chosen.first + 1 }, (_, n) => {
    const name = String(chosen.first + n), totals = days.get(name)?.totals;
    return totals && { ...Object.fromEntries(facts.cubes.sessions.sums.map((one, m) => [one, totals[m]])), visitors: visitors.get(name)?.totals[0] ?? 0 };
  });
  return { now: of(false), before: of(true), byDay };
}
