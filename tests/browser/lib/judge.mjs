// Opens an entry of paths.mjs as its user would, and judges what is there then.
import { DESKTOP, PHONE } from './browser.mjs';
import { COLOURS, accessible, keyboard, noSidewaysScroll, nothingCutOff, stays } from './checks.mjs';
import { PASSWORD } from './stage.mjs';
import { eventually, fail } from './tap.mjs';
import { fillIn } from './words.mjs';

async function signIn(visitor, name) {
	const page = await visitor.visit('/login');
	await fillIn(page, 'User name', name);
	await page.getByLabel('Password').fill(PASSWORD);
	await page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true }).click();
	await page.waitForURL(url => url.pathname !== '/login');
}

// Returns the page, in the state that the entry is of.
export async function open(visitor, { path, status, who, steps, ready, told }) {
	if (who) await signIn(visitor, who);
	if (told) await eventually(`${path} says ${told}`, async () => (await (await visitor.context.request.get(path)).text()).includes(told), 60);
	const page = await visitor.visit(path, status);
	await steps?.(page, visitor);
	if (ready) await page.locator(ready).first().waitFor();
	return page;
}

// Every check is made, whatever the ones before it said.
async function all(...checks) {
	const said = [];
	for (const [where, check] of checks) await check()?.catch(error => said.push(`${where}: ${error.message}`));
	if (said.length) fail(said);
}

// All that a page must stand, with one navigation: theme and width change under it, as they do for a user.
export async function judge(visitor, entry) {
	const page = await open(visitor, entry);
	const turn = (colorScheme, size) => Promise.all([page.emulateMedia({ colorScheme }), page.setViewportSize(size)]);
	await all(
		['light', () => stays(visitor)],
		['light', () => accessible(page)],
		['dark', () => turn('dark', DESKTOP).then(() => accessible(page, COLOURS))],
		['phone, dark', () => turn('dark', PHONE).then(() => accessible(page))],
		['phone', () => turn('light', PHONE).then(() => accessible(page, COLOURS))],
		['phone', () => noSidewaysScroll(page)],
		['phone', () => nothingCutOff(page)],
		// The last: whoever walks on leaves what was open.
		['light', () => (entry.large ? undefined : turn('light', entry.phone ? PHONE : DESKTOP).then(() => keyboard(page)))],
	);
}
