// Asks each query of judged.json and looks whether what is expected is among the first three:
// node tests/search/judge.mjs URL TOKEN
//
// Prints JSON: {asked, found, first (of these, at the top), unknown (nothing that is expected is there at all), missed}.
import { readFileSync } from 'node:fs';

const [, , base, token] = process.argv;
const headers = { authorization: `Bearer ${token}` };
const judged = JSON.parse(readFileSync(new URL('judged.json', import.meta.url)));
const locationOf = expected => {
	const [kind, rest] = expected.split(':');
	if (kind === 'docs') return new RegExp(`^/docs/default/component/[^/]+/${rest}/(#|$)`);
	const [ns, name] = rest.split('/');
	return new RegExp(`^/catalog/${ns}/${kind}/${name.replaceAll('.', '\\.')}$`);
};
const out = { asked: 0, found: 0, first: 0, missed: [] };
for (const { query, expect } of judged) {
	const answer = await (await fetch(`${base}/api/search/query?term=${encodeURIComponent(query)}`, { headers })).json();
	const got = answer.results.map(r => r.document.location);
	const at = got.findIndex(l => expect.some(e => locationOf(e).test(l)));
	out.asked++;
	out.found += at >= 0 && at < 3;
	out.first += at === 0;
	if (at < 0 || at >= 3) out.missed.push({ query, at, got: got.slice(0, 3) });
}
console.log(JSON.stringify(out));
