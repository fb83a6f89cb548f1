// The catalog's graph as it is drawn: what is there, that nothing covers anything, how one goes on from it, and that the address
// says all of it.
import assert from 'node:assert/strict';
import { DESKTOP, PHONE } from './lib/browser.mjs';
import { eventually } from './lib/tap.mjs';

export const config = '';

const LEDGER = '/catalog-graph?rootEntityRefs[]=component:default/ledger';
const around = ['billing', 'billing-team', 'invoice-service', 'ledger', 'ledger-db', 'payment-gateway'];

const titles = page => page.locator('.graph-node').evaluateAll(nodes => nodes.map(n => n.dataset.node.split('/')[1]).sort());
const node = (page, title) => page.getByRole('link', { name: new RegExp(`^${title} [A-Z]\\w+( · \\w+)?, `) });
const shows = (page, wanted) => eventually(`the drawing shows ${wanted}`, async () => (await titles(page)).join() === wanted.join());
const root = page => page.locator('.graph-node.root').getAttribute('data-node');
const transform = page => page.locator('.graph-svg > g').getAttribute('transform');

async function open(v, path) {
	const page = await v.visit(path);
	await page.locator('.graph.drawn').waitFor();
	return page;
}

// Boxes of nodes and of labels that overlap others, in words.
const overlaps = page => page.evaluate(() => {
	const boxes = [...document.querySelectorAll('.graph-node > rect, .graph-label-back')].map(e => ({ e, b: e.getBoundingClientRect() }));
	const out = [];
	for (const [i, { e, b }] of boxes.entries())
		for (const { e: e2, b: c } of boxes.slice(i + 1))
			if (b.left < c.right - 1 && c.left < b.right - 1 && b.top < c.bottom - 1 && c.top < b.bottom - 1)
				out.push(`${e.parentNode.textContent} / ${e2.parentNode.textContent}`);
	return out;
});

async function drawn(v) {
	const page = await open(v, LEDGER);
	await shows(page, around);
	await page.getByRole('link', { name: 'ledger Component · service, where the graph starts', exact: true }).waitFor();
	assert.equal(page.workers().length, 1, 'the layout is made in a worker');
	await page.getByRole('group', { name: 'Graph: 6 entities, 5 relations' }).waitFor();
	assert.match(await page.getByRole('list', { name: 'Relations' }).innerText(), /depends on \/ dependency of\s+3/);
	// The list says the same.
	const list = page.getByRole('region', { name: 'The same as a list' });
	await list.getByRole('link', { name: 'ledger-db', exact: true }).waitFor();
	const [from, relation, to] = await list.locator('tbody tr').first().locator('td').evaluateAll(tds => tds.map(td => td.getBoundingClientRect().width));
	assert.ok(from > relation * 1.5 && to > relation * 1.5, `names have the room: ${from}, ${relation}, ${to}`);
}

async function apart(v) {
	for (const more of ['', '&maxDepth=2', '&maxDepth=3&direction=TB', '&maxDepth=3&unidirectional=false&mergeRelations=false', '&curve=curveStepBefore&direction=RL'])
		assert.deepEqual(await overlaps(await open(v, LEDGER + more)), [], more);
	assert.deepEqual(await overlaps(await open(v, '/catalog-graph?rootEntityRefs[]=group:default/billing-team&maxDepth=2')), []);
}

async function goOn(v) {
	const page = await open(v, `${LEDGER}&direction=TB`);
	await node(page, 'billing').click();
	await eventually('the graph starts from there', async () => (await root(page)) === 'system:default/billing');
	assert.match(decodeURIComponent(page.url()), /rootEntityRefs\[\]=system:default\/billing/);
	assert.match(page.url(), /direction=TB/);
	await page.getByRole('heading', { level: 1, name: 'Graph of billing' }).waitFor();
	assert.match(await page.title(), /billing/);
	await page.reload();
	await eventually('it is the same after a reload', async () => (await root(page)) === 'system:default/billing');
	await page.goBack();
	await eventually('back leads back', async () => (await root(page)) === 'component:default/ledger');
	await page.getByRole('region', { name: 'The same as a list' }).getByRole('link', { name: 'Graph of ledger-db' }).click();
	await eventually('the list leads on too', async () => (await root(page)) === 'resource:default/ledger-db');
}

async function toEntity(v) {
	const page = await open(v, LEDGER);
	await node(page, 'ledger-db').click({ modifiers: ['Shift'] });
	await page.waitForURL('**/catalog/default/resource/ledger-db');
	await page.goBack();
	await page.locator('.graph.drawn').waitFor();
	await node(page, 'billing').focus();
	await page.keyboard.press('Enter');
	await page.waitForURL('**/catalog/default/system/billing');
}

async function filter(v, another) {
	const page = await open(v, LEDGER);
	await page.evaluate(() => (globalThis.here = true));
	await page.getByText('Kinds: all').click();
	await page.getByRole('checkbox', { name: /^Resource/ }).check();
	await shows(page, ['ledger', 'ledger-db']);
	await page.getByText('Kinds: Resource').waitFor();
	await page.keyboard.press('Escape');
	assert.match(decodeURIComponent(page.url()), /selectedKinds\[\]=resource/);
	await page.getByRole('checkbox', { name: 'Merge relations' }).uncheck();
	await eventually('the address follows', () => /mergeRelations=false/.test(page.url()));
	await page.getByRole('spinbutton', { name: /Depth/ }).fill('2');
	await page.keyboard.press('Tab');
	await eventually('the address follows', () => /maxDepth=2/.test(page.url()));
	assert.ok(await page.evaluate(() => globalThis.here), 'all on one page');
	const url = page.url();
	await open(another, url.slice(url.indexOf('/', 8)));
	assert.deepEqual(await titles(another.page), await titles(page), 'for somebody who was sent the link');
}

async function move(v) {
	const page = await open(v, LEDGER);
	const changes = async (what, act) => {
		const before = await transform(page);
		await act();
		await eventually(what, async () => (await transform(page)) !== before);
	};
	await page.locator('.graph-svg').focus();
	for (const key of ['+', '-', 'ArrowLeft', 'ArrowDown', '0']) await changes(`${key} moves`, () => page.keyboard.press(key));
	const box = await page.locator('.graph-svg').boundingBox();
	await page.mouse.move(box.x + 40, box.y + 40);
	await changes('the wheel moves', () => page.mouse.wheel(0, 200));
	const at = await node(page, 'billing').boundingBox(), url = page.url();
	await changes('dragging moves', async () => {
		await page.mouse.move(at.x + 10, at.y + 10);
		await page.mouse.down();
		await page.mouse.move(at.x + 60, at.y + 60, { steps: 4 });
		await page.mouse.up();
	});
	assert.equal(page.url(), url, 'who drags a node does not mean to go there');
	await changes('the buttons move', () => page.getByRole('button', { name: 'Larger (+)' }).click());
}

async function point(v) {
	const page = await open(v, LEDGER);
	const on = () => page.locator('.graph-node.on').count();
	await node(page, 'ledger-db').hover();
	await eventually('both ends are brought out', async () => (await on()) === 2);
	await page.getByRole('button', { name: /^depends on/ }).hover();
	await eventually('all of one relation', async () => (await on()) === 4);
}

async function card(v) {
	const page = await v.visit('/catalog');
	await page.addStyleTag({ url: '/static/graph.css' });
	await page.evaluate(async () => {
		const box = document.createElement('div');
		box.className = 'graph';
		box.dataset.graph = '/catalog-graph/data?rootEntityRefs[]=component:default/ledger';
		box.textContent = 'what is shown without scripts';
		document.querySelector('main').prepend(box);
		const height = box.getBoundingClientRect().height;
		await import('/static/graph.js');
		globalThis.height = height;
	});
	await page.locator('.graph.drawn').waitFor();
	assert.equal(await page.locator('.graph').evaluate(e => e.getBoundingClientRect().height), await page.evaluate(() => globalThis.height));
	await node(page, 'billing').click();
	await page.waitForURL('**/catalog/default/system/billing');
}

// How far the root is from the sides of the drawing's room.
const rootAt = page => page.evaluate(() => {
	const [root, room] = ['.graph-node.root', '.graph-svg'].map(s => document.querySelector(s).getBoundingClientRect());
	return { left: root.left - room.left, right: room.right - root.right };
});

async function turned(v) {
	const page = await v.visit('/catalog/default/component/ledger');
	await page.locator('.graph').scrollIntoViewIfNeeded();
	await page.locator('.graph.drawn').waitFor();
	await page.setViewportSize(PHONE);
	await eventually('it fits the narrow room', async () => Object.values(await rootAt(page)).every(room => room >= 0));
	await page.locator('.graph-svg').focus();
	const before = await transform(page);
	await page.keyboard.press('ArrowLeft');
	await eventually('it is moved', async () => (await transform(page)) !== before);
	const moved = await transform(page);
	await page.setViewportSize(DESKTOP);
	await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
	assert.equal(await transform(page), moved, 'what somebody has moved stays');
}

async function byHand(v) {
	const page = await v.visit(LEDGER);
	assert.equal(await page.locator('.graph-page .graph').isVisible(), false);
	await page.getByRole('spinbutton', { name: /Depth/ }).fill('2');
	await page.getByRole('button', { name: 'Show', exact: true }).click();
	await page.getByText('2 steps away').waitFor();
	assert.match(page.url(), /maxDepth=2/);
}

async function lost(v) {
	v.expected.push(/elk-worker|cannot be loaded/);
	await v.page.route('**/elk-worker*', route => route.abort());
	const page = await v.visit(LEDGER);
	await page.getByText('The drawing could not be made').waitFor();
	await page.getByRole('region', { name: 'The same as a list' }).getByRole('link', { name: 'ledger-db', exact: true }).waitFor();
}

export default async function ({ test, portal, visitor }) {
	await eventually('all around the ledger is there', async () => {
		const answer = await portal.get('/catalog-graph/data?rootEntityRefs[]=component:default/ledger');
		return answer.status === 200 && answer.json().nodes.length === around.length;
	});
	await test('it is drawn, and listed', drawn);
	await test('nothing covers anything', apart);
	await test('a click leads on, the address says where', goOn);
	await test('Shift and Enter open the entity', toEntity);
	await test('the filters change it in place', async v => {
		const another = await visitor();
		await filter(v, another);
		await another.close();
	});
	await test('it can be moved', move);
	await test('pointing brings out', point);
	await test('a small one in another page', card);
	await test('it fits when its room changes', turned);
	await test('dark', { dark: true }, drawn);
	await test('phone', { phone: true }, drawn);
	await test('without scripts', { withoutJavaScript: true }, byHand);
	await test('without the engine', lost);
}
