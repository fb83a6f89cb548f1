// Every page of paths.mjs that an address opens: axe-core's rules, light and dark, on a desktop and on a phone; the keyboard alone;
// nothing moves or scrolls sideways. With the example catalog, and with one of long names, many relations and other scripts.
import assert from 'node:assert/strict';
import { judge } from './lib/judge.mjs';
import { furnish } from './lib/stage.mjs';
import { both } from './lib/tap.mjs';
import { apart, pages } from './paths.mjs';

export { prepare } from './lib/stage.mjs';

// No page is forgotten, and nothing is excused that is not there or is judged all the same.
function complete(portal) {
	const there = portal.routes.filter(r => r.method === 'GET' && r.flags.includes('page')).map(r => r.path);
	const judged = new Set(pages.map(p => p.route));
	const missing = there.filter(path => !judged.has(path) && !Object.hasOwn(apart, path));
	assert.deepEqual(missing, [], 'pages of handlers/routes.def without an entry in tests/browser/paths.mjs');
	const excused = Object.keys(apart).filter(path => judged.has(path) || !there.includes(path));
	assert.deepEqual(excused, [], 'exceptions of tests/browser/paths.mjs that are none');
}

export default async function ({ test, stack, portal }) {
	await test('every page of the portal is judged', null, async () => complete(portal));
	await furnish(stack, portal);
	const wanted = pages.filter(p => !p.steps && portal.has(p.route));
	await both(wanted, entry => test(`${entry.name} ${entry.path}`, v => judge(v, entry)));
}
