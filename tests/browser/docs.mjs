// Documentation as its readers use it; and what hostile authors write into it.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { accessible } from './lib/checks.mjs';
import { addresses, payloads } from './lib/payloads.mjs';
import { TOP } from './lib/stack.mjs';
import { eventually } from './lib/tap.mjs';

const HOSTILE = 'hostile-docs';
const site = (name, page = '') => `/docs/default/component/${name}/${page}`;

function put(folder, files) {
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, name)), { recursive: true });
		writeFileSync(join(folder, name), text);
	}
}

const entity = name => `---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: ${name}, annotations: {backstage.io/techdocs-ref: "dir:./${name}"}}
spec: {type: service, lifecycle: production, owner: billing-team}
`;

// Each payload as raw HTML, in a list, in code, in a table, as a title, and as an address of a link and a picture.
function hostilePages() {
	const lines = [...payloads, ...addresses].map(text => text.replace(/\n/g, ' '));
	const links = addresses.map((url, i) => `[link ${i}](<${url}>) ![picture ${i}](<${url}>) <a href="${url}">raw ${i}</a>\n\n[ref ${i}]\n\n[ref ${i}]: <${url}>\n`);
	return {
		'docs/index.md': `# Hostile\n\n${lines.join('\n\n')}\n`,
		'docs/lists.md': `# ${payloads[2]}\n\n${lines.map(l => `- ${l}`).join('\n')}\n\n| a |\n|---|\n${lines.map(l => `| ${l} |`).join('\n')}\n`,
		'docs/links.md': `# Links\n\n${links.join('\n')}\n`,
		'docs/notes.md': `# Notes\n\n${lines.map(l => `!!! note "${l.replace(/"/g, "'")}"\n    ${l}\n`).join('\n')}\n\n\`\`\`mermaid\ngraph TD; A["<img src=x onerror=canary()>"] --> B\nclick A "javascript:canary()"\n\`\`\`\n`,
		'docs/pic.svg': '<svg xmlns="http://www.w3.org/2000/svg" onload="canary()"><script>canary()</script></svg>',
		'mkdocs.yml': `site_name: '${payloads[2].replace(/'/g, "''")}'\nplugins: [techdocs-core]\n`,
	};
}

export async function prepare(stack) {
	const folder = join(stack.work, 'cat');
	put(join(folder, HOSTILE), hostilePages());
	put(join(folder, 'changing'), { 'docs/index.md': '# Changing\n\nThe first text.\n\n## Half {#50%}\n\n## All {#100%25}\n\n```js\nlet it = 1;\n```\n' });
	put(join(folder, 'bad'), { 'docs/index.md': '# Bad\n', 'mkdocs.yml': 'docs_dir: ../..\n' });
	put(folder, { 'all.yaml': [HOSTILE, 'changing', 'bad'].map(entity).join('') });
	return `
catalog:
  rules: [{allow: [Component, API, Resource, System, Domain, Group, User, Location, Template]}]
  locations:
    - {type: file, target: ${join(TOP, 'docs/examples/all.yaml')}}
    - {type: file, target: ${join(folder, 'all.yaml')}}
`;
}

// From the entity to its docs, for the first time: the page comes by itself when it is built.
async function journey(v) {
	const page = await v.visit('/catalog/default/component/ledger');
	await page.getByRole('link', { name: 'View docs' }).click();
	await page.getByRole('heading', { name: 'Ledger', level: 1 }).waitFor();
	await page.getByRole('navigation', { name: 'Pages of ledger' }).getByText('Guides').click();
	await page.getByRole('navigation', { name: 'Pages of ledger' }).getByRole('link', { name: 'Close a month' }).click();
	await page.getByRole('heading', { name: 'Close a month', level: 1 }).waitFor();
	assert.equal(await page.getByRole('link', { name: 'billing-team' }).first().getAttribute('href'), '/catalog/default/group/billing-team');
	await page.getByRole('link', { name: /^Next/ }).click();
	await page.getByRole('heading', { name: 'Correct an entry', level: 1 }).waitFor();
	await page.getByRole('link', { name: /^Previous/ }).click();
	await page.getByRole('complementary', { name: 'On this page' }).getByRole('link', { name: 'When it fails' }).click();
	assert.match(page.url(), /#when-it-fails$/);
	await page.getByRole('article').getByRole('link', { name: 'correct the entry' }).click();
	await page.getByRole('heading', { name: 'Correct an entry', level: 1 }).waitFor();
}

async function code(v) {
	await v.context.grantPermissions(['clipboard-read', 'clipboard-write']);
	const page = await v.visit(site('ledger'));
	await page.locator('.hljs-string, .hljs-built_in').first().waitFor();
	await page.getByRole('button', { name: 'Copy' }).first().click();
	assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^curl -X POST/);
	const picture = page.getByRole('img', { name: 'Two services write into the ledger' });
	assert.ok(await picture.evaluate(e => e.complete && e.naturalWidth > 0), 'the picture is not shown');
}

async function searching(v) {
	const page = await v.visit(site('ledger'));
	await eventually('it is found', async () => {
		await page.getByRole('searchbox', { name: 'Search in ledger' }).fill('imbalance');
		await page.getByRole('searchbox', { name: 'Search in ledger' }).press('Enter');
		await page.getByRole('heading', { name: /imbalance/ }).waitFor();
		return page.locator('.docs-found a').count();
	});
	await page.locator('.docs-found a').first().click();
	assert.match(page.url(), /\/docs\/default\/component\/ledger\/.+/);
}

async function whileTyping(v) {
	const page = await v.visit(site('ledger'));
	const field = page.getByRole('searchbox', { name: 'Search in ledger' });
	await eventually('it is offered', async () => {
		await field.fill('');
		await field.fill('imbalance');
		await page.locator('.docs-results p, .docs-results a').first().waitFor();
		return page.locator('.docs-results a').count();
	});
	await field.press('ArrowDown');
	await page.keyboard.press('Enter');
	await page.waitForURL(/\/ledger\/(operations|guide)/);
}

async function byHand(v) {
	const page = await v.visit(site('ledger'));
	await page.getByRole('heading', { name: 'Ledger', level: 1 }).waitFor();
	await page.getByRole('link', { name: 'Operations' }).first().click();
	await page.getByRole('heading', { name: 'Alerts' }).waitFor();
}

// A new version is announced, and does not take the page away.
async function newer(v, stack, portal) {
	await v.visit(site('changing'));
	await v.page.getByText('The first text.').waitFor();
	// Whatever ids its headings have, scripts go on.
	await v.page.locator('.docs-article code span', { hasText: 'let' }).first().waitFor();
	put(join(stack.work, 'cat/changing'), { 'docs/index.md': '# Changing\n\nThe second text.\n' });
	await v.page.getByRole('button', { name: 'Look for a new version now' }).click();
	await eventually('the second text is there', async () => (await portal.get('/api/techdocs/static/docs/default/component/changing/')).text.includes('second'));
	await eventually('it can be shown', async () => {
		const again = v.page.getByRole('link', { name: 'Show it' });
		if (await again.count()) await again.click();
		return (await v.page.getByText('The second text.').count()) > 0;
	});
}

async function failing(v) {
	const page = await v.visit(site('bad'));
	await page.getByRole('heading', { name: 'These docs could not be built' }).waitFor();
	await page.getByText(/docs_dir/).first().waitFor();
	await page.getByRole('button', { name: 'Try again' }).click();
	await page.getByRole('heading', { name: 'These docs could not be built' }).waitFor();
}

// Without the Content-Security-Policy: what was sanitised must hold alone.
async function hostile(v, portal) {
	const ran = [];
	await v.context.exposeBinding('canary', source => ran.push(source.frame.url()));
	v.page.on('dialog', d => {
		ran.push(d.message());
		d.dismiss();
	});
	v.expected.push(/./);
	await eventually('it is built', async () => {
		await portal.get(`/api/techdocs/sync/default/component/${HOSTILE}`);
		return (await portal.get(`/api/techdocs/metadata/techdocs/default/component/${HOSTILE}`)).status === 200;
	}, 60);
	for (const path of ['', 'lists/', 'links/', 'notes/', 'no-such-page/']) {
		await v.page.goto(site(HOSTILE, path), { waitUntil: 'load' });
		const bad = await v.page.evaluate(() => [...document.querySelectorAll('main *')].flatMap(e => [...e.attributes]
			.filter(a => /^on/i.test(a.name) || (/^(href|src|action|formaction|data|poster|xlink:href)$/.test(a.name) && /^[\u0000- ]*(java|vb)[\t\n]*script:|^data:text/i.test(a.value)))
			.map(a => `${e.localName} ${a.name}=${a.value.slice(0, 80)}`)).concat([...document.querySelectorAll('main script, main style, main base, main object, main iframe[srcdoc], main form[action^="java"]')]
			.filter(e => !e.closest('svg[id^="docs-diagram"]')).map(e => e.outerHTML.slice(0, 80))));
		assert.deepEqual(bad, [], path);
	}
	assert.deepEqual(ran, []);
}

// What lies in the folder and is opened by itself is held by its policy.
async function picture(v) {
	const ran = [];
	await v.context.exposeBinding('canary', () => ran.push('it ran'));
	v.expected.push(/./);
	await v.page.goto(site(HOSTILE, 'pic.svg'), { waitUntil: 'load' });
	assert.deepEqual(ran, []);
}

async function printed(v) {
	const page = await v.visit(site('ledger', 'operations/'));
	await page.emulateMedia({ media: 'print' });
	assert.equal(await page.getByRole('navigation', { name: 'Pages of ledger' }).isVisible(), false);
	assert.equal(await page.getByRole('heading', { name: 'Operations', level: 1 }).isVisible(), true);
}

async function onPhone(v) {
	const page = await v.visit(site('ledger'));
	await page.getByRole('heading', { name: 'Ledger', level: 1 }).waitFor();
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it scrolls sideways');
	await accessible(page);
}

async function byKeyboard(v) {
	const page = await v.visit('/');
	await page.keyboard.press('g');
	await page.keyboard.press('d');
	await page.waitForURL('**/docs');
	await page.getByRole('link', { name: 'ledger' }).first().waitFor();
	await accessible(page);
}

export default async function ({ test, stack, portal }) {
	for (const name of [HOSTILE, 'changing', 'bad']) await portal.becomes(`component:default/${name}`);
	await test('from an entity to its docs and through them', journey);
	await test('code is coloured and copied, pictures are shown', code);
	await test('searching in a site', searching);
	await test('finding while one types', whileTyping);
	await test('without scripts', { withoutJavaScript: true }, byHand);
	await test('a newer version', v => newer(v, stack, portal));
	await test('a build that fails', failing);
	await test('nothing of a hostile author runs', { bypassCSP: true }, v => hostile(v, portal));
	await test('a hostile picture', picture);
	await test('on paper', printed);
	await test('on a phone', { phone: true }, onPhone);
	await test('in the dark', { dark: true }, async v => accessible(await v.visit(site('ledger'))));
	await test('by the keyboard', byKeyboard);
}
