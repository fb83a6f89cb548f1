// The same as pages.mjs for what an address alone does not open: the pages behind a form, open menus and dialogs, messages.
import { judge } from './lib/judge.mjs';
import { furnish } from './lib/stage.mjs';
import { both } from './lib/tap.mjs';
import { pages } from './paths.mjs';

export { prepare } from './lib/stage.mjs';

export default async function ({ test, stack, portal }) {
	await furnish(stack, portal);
	const wanted = pages.filter(p => p.steps && portal.has(p.route));
	await both(wanted, entry => test(`${entry.name} ${entry.path}`, v => judge(v, entry)));
}
