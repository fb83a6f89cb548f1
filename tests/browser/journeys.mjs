// What people come for, as a newcomer does it: by what is on the page (roles and names), never by classes or addresses that
// only we know. A guest's journeys; those of people who sign in are in sign-in.mjs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fail, eventually } from './lib/tap.mjs';
import { component, fillIn, found, headings, names, offers, total } from './lib/words.mjs';

export const config = `
backend: {reading: {allow: [{host: "{HOST}"}]}}
app: {branding: {accentDark: "#ffcc00"}}
`;

async function findService(v) {
	const page = await v.visit('/');
	await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Catalog', exact: true }).click();
	await page.getByRole('searchbox', { name: 'Filter' }).fill('ledger');
	await page.getByRole('searchbox', { name: 'Filter' }).press('Enter');
	await found(page, 'ledger').click();
	await page.getByRole('heading', { level: 1, name: /ledger/i }).waitFor();
	// Who owns it, and who is on that team.
	await page.getByRole('main').getByRole('link', { name: /^(group:)?billing-team$/i }).first().click();
	await page.getByRole('heading', { level: 1, name: /billing/i }).waitFor();
	await page.getByRole('main').getByRole('link', { name: /^(user:)?emi\b/i }).first().click();
	await page.getByRole('heading', { level: 1, name: /emi/i }).waitFor();
	await page.getByRole('main').getByText('emi@tidewater.example').first().waitFor();
}

async function filterAndShare(v, another) {
	const page = await v.visit('/catalog');
	const before = await total(page);
	await page.getByRole('group', { name: 'Type' }).getByRole('checkbox', { name: /^service/ }).check();
	await eventually('fewer are shown', async () => (await total(page)) < before);
	await page.getByRole('group', { name: 'Owner' }).getByRole('checkbox', { name: /^billing-team/ }).check();
	await eventually('the address says so', () => /owners.*billing-team/.test(page.url()) && /type.*service/.test(page.url()));
	await page.getByRole('list', { name: 'Active filters' }).getByRole('link', { name: /Owner/ }).waitFor();
	const shown = await names(page);
	assert.deepEqual(shown, ['invoice-service', 'ledger', 'payment-gateway']);
	await page.reload();
	assert.deepEqual(await names(page), shown, 'after a reload');
	const url = page.url();
	await another.visit(url.slice(url.indexOf('/', 8)));
	assert.deepEqual(await names(another.page), shown, 'for somebody who was sent the link');
	await page.getByRole('list', { name: 'Active filters' }).getByRole('link', { name: /Owner/ }).click();
	await eventually('more are shown', async () => (await names(page)).length > shown.length);
	await page.goBack();
	await eventually('back shows what was there', async () => (await names(page)).join() === shown.join());
}

async function exportList(v, format) {
	const page = await v.visit('/catalog?filters[kind]=component&filters[type]=service');
	const shown = await names(page);
	await page.getByText('Export', { exact: true }).first().click();
	const waiting = page.waitForEvent('download');
	await page.getByRole('button', { name: `Export ${format}` }).or(page.getByRole('link', { name: `Export ${format}` })).click();
	const download = await waiting;
	const text = readFileSync(await download.path(), 'utf8');
	assert.ok(download.suggestedFilename().endsWith(`.${format.toLowerCase()}`), download.suggestedFilename());
	const rows = format === 'JSON' ? JSON.parse(text).map(e => Object.values(e).join()) : text.trim().split(/\r?\n/).slice(1);
	assert.equal(rows.length, shown.length, text.slice(0, 300));
	assert.ok(rows.some(row => /\bledger\b/.test(row)), text.slice(0, 300));
}

async function palette(v) {
	const page = await v.visit('/catalog');
	await page.keyboard.press('Control+k');
	const field = page.getByRole('combobox', { name: 'Search or jump to' });
	await field.fill('invoice-s');
	await page.getByRole('option', { name: /invoice-service/ }).first().waitFor();
	await field.press('Enter');
	await page.getByRole('heading', { level: 1, name: /invoice-service/ }).waitFor();
	await page.keyboard.press('Control+k');
	await field.waitFor();
	await page.keyboard.press('Escape');
	await field.waitFor({ state: 'detached' });
}

async function star(v) {
	const page = await v.visit('/catalog/default/component/ledger');
	const button = page.getByRole('main').getByRole('button', { name: /^(Star|Unstar)\b/ }).first();
	await clickAndKeep(page, button);
	await pressed(page, button, 'true');
	await page.reload();
	assert.equal(await button.getAttribute('aria-pressed'), 'true', 'the star is kept');
	await v.visit('/catalog');
	await page.getByRole('link', { name: /^Starred/ }).click();
	await eventually('the starred ones are shown', async () => (await names(page)).join() === 'ledger');
	await found(page, 'ledger').click();
	await clickAndKeep(page, button);
	await pressed(page, button, 'false');
	await page.reload();
	assert.equal(await button.getAttribute('aria-pressed'), 'false', 'and taken away');
}
// The star shows at once; only when the answer is there is it kept.
async function clickAndKeep(page, button) {
	const kept = page.waitForResponse((answer) => answer.url().endsWith('/star'));
	await button.click();
	await kept;
}
const pressed = (page, button, value) =>
	eventually(`the star is ${value}`, async () => (await button.getAttribute('aria-pressed')) === value);

// The wizard's way from an address to the catalog; says what it complains about, undefined when it went through.
async function register(page, url) {
	await fillIn(page, /URL/, url);
	for (let step = 0; step < 5; step++) {
		const main = page.getByRole('main');
		const go = main.getByRole('button', { name: /^(Look|Analy[sz]e|Next|Review|Continue|Register|Import|Already registered)\b/ }).last();
		const label = await go.innerText();
		await Promise.all([page.waitForLoadState('load'), go.click()]);
		await page.waitForLoadState('load');
		const complaint = page.getByRole('alert').first();
		if (await complaint.isVisible()) return complaint.innerText();
		if (/register|import/i.test(label)) return undefined;
	}
	return fail('The registration has no end:', await headings(page));
}

async function registerAndMend(v, { stack, portal }) {
	const url = await stack.serve('/journey.yaml', component('journey', { type: '[what, is, this]' }));
	let page = await v.visit('/catalog-import');
	const complaint = await register(page, url);
	assert.match(complaint ?? '', /type/, 'the error names the field');
	await stack.serve('/journey.yaml', component('journey'));
	page = await v.visit('/catalog-import');
	assert.equal(await register(page, url), undefined);
	await portal.becomes('component:default/journey');
	page = await v.visit('/catalog/default/component/journey');
	await page.getByText('A description').first().waitFor();
}

async function breakAndMend(v, { stack, portal }) {
	const url = await stack.serve('/mend.yaml', component('mend'));
	await portal.register(url);
	await portal.becomes('component:default/mend');
	await stack.serve('/mend.yaml', component('mend', { type: '{a: map}', description: 'Changed for the worse' }));
	await portal.post('/api/catalog/refresh', { entityRef: 'component:default/mend' });
	await portal.becomes('component:default/mend', e => e.status?.items?.length);
	const page = await v.visit('/catalog/default/component/mend');
	await page.getByRole('alert').filter({ hasText: /spec\/?\.?\W*type|type/ }).first().waitFor();
	await page.getByText('A description').first().waitFor();
	await stack.serve('/mend.yaml', component('mend', { description: 'Mended' }));
	await portal.post('/api/catalog/refresh', { entityRef: 'component:default/mend' });
	await portal.becomes('component:default/mend', e => !e.status?.items?.length);
	await page.reload();
	await page.getByText('Mended').first().waitFor();
	assert.equal(await page.getByRole('alert').count(), 0, 'nothing is complained about any more');
}

async function unregister(v, { stack, portal }) {
	await portal.register(await stack.serve('/leave.yaml', component('leave')));
	await portal.becomes('component:default/leave');
	const page = await v.visit('/catalog/default/component/leave');
	const menu = page.getByRole('main').locator('summary').filter({ hasText: /more|menu|actions/i }).or(page.getByLabel(/^(More|Menu|Actions)/));
	if (await menu.count()) await menu.first().click();
	const first = page.getByRole('main').getByRole('link', { name: /^Unregister/ }).or(page.getByRole('main').getByRole('button', { name: /^Unregister/ }));
	await first.first().click();
	const sure = page.getByRole('button', { name: /^Unregister/ });
	if (await eventually('it is asked for or done', async () => (await gone(portal, 'leave')) || ((await sure.count()) && 'asked')) === 'asked')
		await sure.last().click();
	await portal.goes('component:default/leave');
	await v.visit('/catalog/default/component/leave', 404);
}
const gone = async (portal, name) => !(await portal.entity(`component:default/${name}`));

async function theme(v) {
	const page = await v.visit('/catalog');
	const dark = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
	const before = await dark();
	const kept = page.waitForResponse((answer) => answer.url().endsWith('/settings/theme'));
	await page.getByRole('button', { name: /light and dark/ }).click();
	await eventually('the page is dark', async () => (await dark()) !== before);
	const after = await dark();
	await kept;
	await page.reload();
	assert.equal(await dark(), after, 'after a reload, with no flash of the other');
}

// The company has a colour for the dark theme alone: the light one keeps the portal's.
async function accent(v) {
	const page = await v.visit('/catalog');
	const colour = () => found(page, 'ledger').evaluate(e => getComputedStyle(e).color);
	const yellow = 'rgb(255, 204, 0)';
	assert.notEqual(await colour(), yellow);
	await page.emulateMedia({ colorScheme: 'dark' });
	await eventually('the system is dark', async () => (await colour()) === yellow);
	await page.getByRole('button', { name: /light and dark/ }).click();
	await eventually('who wants it light has the portal\'s', async () => (await colour()) !== yellow);
	await page.emulateMedia({ colorScheme: 'light' });
	await page.getByRole('button', { name: /light and dark/ }).click();
	await eventually('who wants it dark has the company\'s', async () => (await colour()) === yellow);
}

async function graph(v) {
	const page = await v.visit('/catalog-graph?rootEntityRefs[]=component:default/ledger');
	await page.getByRole('heading', { level: 1, name: /ledger/ }).waitFor();
	await page.getByRole('main').getByRole('link', { name: /^ledger-db/ }).first().click();
	await page.getByRole('heading', { level: 1, name: /ledger-db/ }).waitFor();
}

async function byKeyboard(v) {
	const page = await v.visit('/');
	await page.keyboard.press('g');
	await page.keyboard.press('c');
	await page.waitForURL(/\/catalog/);
	await page.getByRole('table').waitFor();
	const first = (await names(page))[0];
	await page.keyboard.press('j');
	await page.keyboard.press('Enter');
	await page.getByRole('heading', { level: 1, name: first }).waitFor();
	await page.keyboard.press('?');
	await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
}

// What a menu has opened gives the focus back to where it came from, and a menu that is left is closed.
async function menuByKeyboard(v) {
	const page = await v.visit('/');
	const face = page.getByLabel(/^You: /), item = page.getByRole('button', { name: 'Keyboard shortcuts' });
	const focused = what => eventually('the focus is there', () => what.evaluate(e => e === document.activeElement));
	await face.press('Enter');
	await item.press('Enter');
	await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
	await page.keyboard.press('Escape');
	await focused(face);
	assert.equal(await item.isVisible(), false, 'the menu is closed behind the dialog');
	await face.press('Enter');
	await item.focus();
	await page.keyboard.press('Escape');
	await focused(face);
	await face.press('Enter');
	await face.press('Shift+Tab');
	assert.equal(await item.isVisible(), false, 'the menu is closed when it is left');
}

// No menu leads nowhere, on the pages where people begin.
async function menus(v) {
	const page = await v.visit('/catalog');
	for (const path of await offers(page)) await v.visit(path);
	await v.visit('/');
	const links = page.getByRole('main').locator('a[href^="/"]');
	const paths = await links.evaluateAll(all => [...new Set(all.map(a => a.getAttribute('href')))]);
	for (const path of paths) assert.equal((await v.context.request.get(path)).status(), 200, path);
}

async function lost(v) {
	const page = await v.visit('/catalog/default/component/ledgre', 404);
	await page.getByRole('heading', { name: /not found/i }).waitFor();
	await page.getByRole('main').getByRole('link', { name: /catalog/i }).first().click();
	await page.getByRole('table').waitFor();
}

// Whoever is faster than the scripts loses nothing.
async function filterEarly(v) {
	let go;
	const late = new Promise(done => (go = done));
	await v.page.route(/htmx/, async route => {
		await late;
		await route.continue();
	});
	await v.page.goto('/catalog', { waitUntil: 'commit' });
	await v.page.getByRole('group', { name: 'Type' }).getByRole('checkbox', { name: /^service/ }).check();
	go();
	await eventually('the address says so', () => /type.*service/.test(v.page.url()));
	await v.page.getByRole('list', { name: 'Active filters' }).getByRole('link', { name: /service/ }).waitFor();
}

// What only adds to a page waits until it is there: nothing of it is fetched before the first content was drawn.
async function seenFirst(v) {
	for (const [path, file] of [['/catalog', /htmx/], ['/catalog/default/component/ledger', /graph-layout|graph\.js/]]) {
		const page = await v.visit(path);
		const begun = await eventually(`${path} fetches ${file}`, () => page.evaluate(pattern => {
			const found = performance.getEntriesByType('resource').filter(r => new RegExp(pattern).test(r.name));
			return found.length && Math.min(...found.map(r => r.startTime));
		}, file.source));
		const seen = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime);
		assert.ok(begun >= seen, `${path}: ${file} at ${begun}, content at ${seen}`);
	}
}

async function filterByHand(v) {
	const page = await v.visit('/catalog');
	const before = await total(page);
	await page.getByRole('group', { name: 'Type' }).getByRole('checkbox', { name: /^service/ }).check();
	await page.getByRole('button', { name: 'Apply' }).click();
	assert.ok((await total(page)) < before);
	await page.getByRole('searchbox', { name: 'Filter' }).fill('ledger');
	await page.getByRole('button', { name: 'Filter', exact: true }).click();
	assert.deepEqual(await names(page), ['ledger']);
}

export default async function ({ test, skip, stack, portal, visitor }) {
	const world = { stack, portal };
	const bare = { withoutJavaScript: true };
	// A journey over a page that this portal does not have is left out, and said.
	const when = (path, method, name, ...rest) => (portal.has(path, method) ? test(name, ...rest) : skip(name, `there is no ${method} ${path}`));
	const entity = '/catalog/:namespace/:kind/:name';

	await test('find a service, its owner, who is on the team', findService);
	await test('the same without JavaScript', bare, findService);
	await test('the same on a phone', { phone: true }, findService);
	await test('filter, share the address, reload, go back', async v => {
		const another = await visitor();
		await filterAndShare(v, another);
		await another.close();
	});
	await test('filter before all scripts are there', filterEarly);
	await test('what adds to a page comes after it', seenFirst);
	await test('filter without JavaScript', bare, filterByHand);
	await test('export CSV', v => exportList(v, 'CSV'));
	await test('export JSON without JavaScript', bare, v => exportList(v, 'JSON'));
	await when('/palette', 'GET', 'jump with the palette', palette);
	await when('/palette', 'GET', 'go everywhere by keyboard', byKeyboard);
	await test('menus by keyboard', menuByKeyboard);
	await when(`${entity}/star`, 'POST', 'star, find it again, leave it', star);
	await when(`${entity}/star`, 'POST', 'star without JavaScript', bare, star);
	await test('register a file with an error, mend it, see it', v => registerAndMend(v, world));
	await test('register without JavaScript', bare, async v => {
		const url = await stack.serve('/bare.yaml', component('bare'));
		assert.equal(await register(await v.visit('/catalog-import'), url), undefined);
		await portal.becomes('component:default/bare');
	});
	await test('an entity whose file turns bad says so, and is well again', v => breakAndMend(v, world));
	await test('unregister', v => unregister(v, world));
	await test('unregister without JavaScript', bare, v => unregister(v, world));
	await when('/settings/theme', 'POST', 'turn it dark', theme);
	await when('/settings/theme', 'POST', 'turn it dark without JavaScript', bare, theme);
	await test('the company\'s colour, in each theme', accent);
	await when('/catalog-graph', 'GET', 'follow the graph', graph);
	await when('/catalog-graph', 'GET', 'follow the graph without JavaScript', bare, graph);
	await test('what the menus offer is there', menus);
	await test('a wrong address leads back', lost);
}
