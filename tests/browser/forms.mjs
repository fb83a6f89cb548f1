// Templates chosen and filled in: conditions, pickers, lists, secrets, drafts; by keyboard, and without scripts.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessible } from './lib/checks.mjs';
import { TOP } from './lib/stack.mjs';
import { eventually } from './lib/tap.mjs';

const FORM = '/create/templates/default/fields';
const SECRET = 'sesame-4711';
const PICKED = '/create/templates/default/picks';
const PICKS = `
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: picks, title: What is picked}
spec:
  type: service
  parameters:
    - title: Whose
      required: [only, onlys]
      properties:
        owner: {title: Owner, type: string, ui:field: OwnerPicker, ui:options: {catalogFilter: {kind: Group}}}
        taken: {title: Taken, type: string, ui:field: EntityPicker, ui:options: {catalogFilter: {kind: Group}, defaultKind: Group, autoSelect: false}}
        uses: {title: Uses, type: array, items: {type: string}, ui:field: MultiEntityPicker, ui:options: {catalogFilter: {kind: Group}, defaultKind: Group}}
        only: {title: Only, type: string, ui:field: EntityPicker, ui:options: {catalogFilter: {kind: Group, metadata.name: lonely}, defaultKind: Group, allowArbitraryValues: false}}
        onlys: {title: All, type: array, items: {type: string}, ui:field: MultiEntityPicker, ui:options: {catalogFilter: {kind: Group, metadata.name: lonely}, defaultKind: Group, allowArbitraryValues: false}}
        free: {title: Free, type: string, ui:field: EntityPicker, ui:options: {catalogFilter: {kind: Group, metadata.name: lonely}, defaultKind: Group, allowArbitraryValues: false}}
    - title: Where
      properties:
        repoUrl:
          title: Repository
          type: string
          ui:field: RepoUrlPicker
          ui:options:
            allowedHosts: ['{HOST}', gitlab.com]
            requestUserCredentials: {secretsKey: MINE, additionalScopes: {gitea: ['write:repository'], gitlab: [api, read_user]}}
        branch: {title: Branch, type: string, ui:field: RepoBranchPicker, ui:options: {requestUserCredentials: {secretsKey: MINE}}}
  steps: [{id: say, action: debug:log, input: {message: '\${{ secrets.MINE }}'}}]
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: lonely}
spec: {type: team, children: []}
`;

export const prepare = async stack => {
	await stack.serve('/api/v1/user/orgs?limit=50', JSON.stringify([{ username: 'acme' }, { username: 'other' }]));
	await stack.serve('/api/v1/user', JSON.stringify({ login: 'ana' }));
	writeFileSync(join(stack.work, 'picks.yaml'), PICKS.replaceAll('{HOST}', new URL(stack.site).host));
	return `
integrations: {gitea: [{host: "{HOST}", baseUrl: "{SITE}"}]}
catalog:
  rules: [{allow: [Component, API, Resource, System, Domain, Group, User, Location, Template]}]
  locations:
    - {type: file, target: ${join(TOP, 'docs/examples/all.yaml')}}
    - {type: file, target: "${join(TOP, 'tests/fixtures/templates/*.yaml')}"}
    - {type: file, target: "{WORK}/picks.yaml"}
`;
};

const go = (page, name) => Promise.all([page.waitForNavigation({ waitUntil: 'load' }), page.getByRole('main').getByRole('button', { name, exact: true }).click()]);
const field = (page, id) => page.locator(`#f-${id}`);
const kept = page => page.locator('[data-kept]:not([aria-busy])').getByText('Kept as a draft').waitFor();

async function first(page) {
	await field(page, 'name').fill('pay');
	await field(page, 'owner').fill('billing-team');
	await go(page, 'Next');
}
async function toRepository(page) {
	await first(page);
	await go(page, 'Next');
	await field(page, 'token').waitFor();
}

async function gallery(v) {
	const page = await v.visit('/');
	await page.keyboard.press('g');
	await page.keyboard.press('t');
	await page.getByRole('heading', { name: /^Templates/, level: 1 }).waitFor();
	await page.getByRole('searchbox', { name: 'Filter', exact: true }).fill('everything');
	await eventually('one is left', async () => (await page.locator('.templates > li').count()) === 1);
	assert.match(page.url(), /filters%5Btext%5D=everything|filters\[text\]=everything/);
	await page.getByRole('link', { name: 'Choose A service with everything' }).click();
	await field(page, 'name').waitFor();
	assert.equal(await page.evaluate(() => document.activeElement.id), 'f-name', 'ui:autofocus');
}

// Fields come and go as one chooses, and neither what was typed nor the focus is lost.
async function conditions(v) {
	const page = await v.visit(FORM);
	await field(page, 'port').waitFor();
	await field(page, 'about').pressSequentially('Takes ');
	await page.getByLabel('A web site').check();
	await field(page, 'path').waitFor();
	assert.equal(await field(page, 'port').count(), 0);
	await page.getByLabel('Only a trial').check();
	await field(page, 'why').waitFor();
	await field(page, 'name').focus();
	await page.keyboard.type('pay-later', { delay: 60 });
	await kept(page);
	assert.equal(await field(page, 'name').inputValue(), 'pay-later');
	assert.equal(await page.evaluate(() => document.activeElement.id), 'f-name');
	assert.equal(await field(page, 'about').inputValue(), 'Takes ');
	await page.getByLabel('Only a trial').uncheck();
	await eventually('it goes again', async () => !(await field(page, 'why').count()));
	await accessible(page);
}

async function errors(v) {
	const page = await v.visit(FORM);
	await field(page, 'name').fill('Pay!');
	await go(page, 'Next');
	await page.getByRole('alert').getByText('2 fields are not right yet.').waitFor();
	assert.equal(await page.evaluate(() => document.activeElement.id), 'f-name', 'the first of them has the focus');
	assert.match(await field(page, 'name').getAttribute('aria-describedby'), /f-name-e/);
	await field(page, 'name').fill('pay');
	assert.equal(await field(page, 'name').getAttribute('aria-invalid'), null);
	assert.equal(await page.locator('#f-name-e').count(), 0, 'what is being mended complains no longer');
	await accessible(page);
}

// A picker by keyboard alone.
async function pickers(v) {
	const page = await v.visit(FORM);
	const owner = page.getByRole('combobox', { name: 'Owner' });
	await owner.focus();
	await page.keyboard.type('billing');
	const option = page.getByRole('option', { name: /billing-team/ });
	await option.waitFor();
	// What was found for the first letters covers what is judged below.
	await eventually('what was typed last is answered', async () => (await page.locator('.combo [role="option"]').count()) === 1);
	assert.equal(await owner.getAttribute('aria-expanded'), 'true');
	await accessible(page);
	await page.keyboard.press('ArrowDown');
	assert.equal(await owner.getAttribute('aria-activedescendant'), await option.getAttribute('id'));
	await page.keyboard.press('Enter');
	assert.equal(await owner.inputValue(), 'billing-team');
	assert.equal(await page.locator('.combo [role="option"]').count(), 0);
	await owner.fill('x');
	await page.locator('.combo').getByText('Nothing like it').waitFor();
	await page.keyboard.press('Escape');
	assert.equal(await owner.inputValue(), 'x', 'what is typed stays');
	await field(page, 'name').fill('pay');
	await owner.fill('billing-team');
	await go(page, 'Next');
	// Several of them.
	const tags = page.getByRole('combobox', { name: 'Add to Tags' });
	await tags.focus();
	await page.keyboard.type('jav');
	await page.getByRole('option', { name: /^java / }).click();
	await page.getByRole('checkbox', { name: 'java' }).waitFor();
	await tags.focus();
	await page.keyboard.type('brand-new,');
	await page.getByRole('checkbox', { name: 'brand-new' }).waitFor();
	await page.getByRole('checkbox', { name: 'java' }).uncheck();
	await kept(page);
	await page.reload();
	assert.deepEqual(await page.locator('[data-chips="/tags"] input').evaluateAll(all => all.map(i => i.value)), ['brand-new']);
}

// What is marked is what one leaves the field with; what is typed after that is another wish.
async function marked(v) {
	const page = await v.visit(PICKED);
	const mark = async (input, text) => {
		await input.focus();
		await page.keyboard.type(text);
		await eventually('what was typed last is answered', async () => (await page.locator('.combo [role="option"]').count()) === 1);
		await page.keyboard.press('ArrowDown');
	};
	const owner = page.getByRole('combobox', { name: 'Owner' });
	await mark(owner, 'billing-t');
	await page.keyboard.press('Tab');
	assert.equal(await owner.inputValue(), 'billing-team');
	await owner.fill('');
	await mark(owner, 'billing-t');
	await page.keyboard.type('x');
	assert.equal(await owner.getAttribute('aria-activedescendant'), null);
	await page.keyboard.press('Tab');
	assert.equal(await owner.inputValue(), 'billing-tx');
	const taken = page.getByRole('combobox', { name: 'Taken' });
	await mark(taken, 'billing-t');
	await page.keyboard.press('Tab');
	assert.equal(await taken.inputValue(), 'billing-t', 'autoSelect: false');
	const uses = page.getByRole('combobox', { name: 'Add to Uses' });
	await mark(uses, 'billing-t');
	await page.keyboard.press('Tab');
	await page.getByRole('checkbox', { name: 'billing-team' }).waitFor();
	await kept(page);
}

// The only entity that fits is chosen, and nothing else can be.
async function only(v) {
	const page = await v.visit(PICKED);
	assert.equal(await field(page, 'only').inputValue(), 'lonely');
	assert.equal(await field(page, 'only').getAttribute('readonly'), '');
	assert.equal(await field(page, 'free').inputValue(), '', 'what is not required is one’s own choice');
	await page.getByText('This is the only one that fits.').first().waitFor();
	assert.deepEqual(await page.locator('input[name="/onlys"]').evaluateAll(all => all.map(i => i.value)), ['', 'group:default/lonely']);
	await field(page, 'only').click();
	await accessible(page);
	assert.equal(await page.locator('.combo [role="option"]').count(), 0);
	await go(page, 'Next');
	await field(page, 'repoUrl').waitFor();
}

// A token of one's own is for one host; another one has a field of its own, and the focus stays where it was.
async function ownToken(v, site) {
	const page = await v.visit(PICKED);
	await go(page, 'Next');
	await page.getByLabel(`Your own access token for ${site}`).fill(SECRET);
	await kept(page);
	await field(page, 'repoUrl').focus();
	await field(page, 'repoUrl').selectOption('gitlab.com');
	const other = page.getByLabel('Your own access token for gitlab.com');
	await other.waitFor();
	assert.equal(await page.evaluate(() => document.activeElement.id), 'f-repoUrl');
	assert.equal(await page.getByLabel(/^Your own access token/).count(), 1);
	assert.equal(await other.getAttribute('placeholder'), '');
	await accessible(page);
	await other.fill(SECRET);
	await page.locator('#f-repoUrl-owner').fill('acme');
	await page.locator('#f-repoUrl-repo').fill('pay');
	await go(page, 'Review');
	await page.getByText('Your access token for gitlab.com').waitFor();
	await page.getByText('••••••••').waitFor();
	assert.ok(!(await page.content()).includes(SECRET));
	await go(page, 'Change Where');
	assert.match(await other.getAttribute('placeholder'), /entered/);
	await page.getByRole('button', { name: 'Clear' }).click();
	await eventually('it is cleared', async () => (await other.getAttribute('placeholder')) === '');
	assert.ok(!(await page.content()).includes(SECRET));
}

// Owners of a host with an API, and one that does not answer.
async function repositories(v, site) {
	const page = await v.visit(`${FORM}?formData=${encodeURIComponent('{"name":"pay","owner":"group:default/billing-team"}')}`);
	await go(page, 'Next');
	await go(page, 'Next');
	const answer = await page.evaluate(async host => (await fetch(`/create/repositories?what=owners&host=${host}&q=`)).json(), site);
	assert.deepEqual(answer.items.map(i => i.value), ['acme', 'other', 'ana']);
	await field(page, 'branch').focus();
	await page.locator('.combo').getByText(/^Type it: /).waitFor();
	await page.locator('#f-repoUrl-owner').fill('acme');
	await page.locator('#f-repoUrl-repo').fill('pay');
	await kept(page);
	await page.reload();
	assert.equal(await page.locator('#f-repoUrl-repo').inputValue(), 'pay');
}

async function lists(v) {
	const page = await v.visit(FORM);
	await first(page);
	await page.getByRole('button', { name: 'Add to Settings' }).click();
	await field(page, 'env-0-key').waitFor();
	assert.equal(await page.evaluate(() => document.activeElement.id), 'f-env-0-key', 'one goes on in the new one');
	await page.keyboard.type('first');
	await page.getByRole('button', { name: 'Add to Settings' }).click();
	await field(page, 'env-1-key').fill('second');
	await page.getByRole('button', { name: 'Move Settings 2 up' }).click();
	await eventually('they have changed places', async () => (await field(page, 'env-0-key').inputValue()) === 'second');
	await page.getByRole('button', { name: 'Remove Settings 1' }).click();
	await eventually('one is left', async () => (await field(page, 'env-1-key').count()) === 0);
	assert.equal(await field(page, 'env-0-key').inputValue(), 'first');
	await page.locator('select[name="?/size"]').selectOption({ label: 'Large' });
	await field(page, 'size-machines').waitFor();
	await accessible(page);
}

// Back and forth, reload, another visit: nothing is lost. What is secret never comes back.
async function drafts(v) {
	const page = await v.visit(FORM);
	await toRepository(page);
	await page.locator('#f-repoUrl-owner').fill('acme');
	await page.locator('#f-repoUrl-repo').fill('pay');
	await field(page, 'token').fill(SECRET);
	await go(page, 'Look it over');
	assert.ok(!(await page.content()).includes(SECRET));
	await page.getByText('github.com?owner=acme&repo=pay').waitFor();
	await accessible(page);
	await go(page, 'Change The service');
	assert.equal(await field(page, 'name').inputValue(), 'pay');
	await go(page, 'The repository');
	assert.match(await field(page, 'token').getAttribute('placeholder'), /entered/);
	assert.equal(await field(page, 'token').inputValue(), '');
	assert.ok(!(await page.content()).includes(SECRET));
	await page.goBack();
	assert.equal(await field(page, 'name').inputValue(), 'pay');
	await v.visit('/');
	await v.visit(FORM);
	await page.getByText('You began this before').waitFor();
	await go(page, 'Begin anew');
	assert.equal(await field(page, 'name').inputValue(), '');
	const stored = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]));
	assert.ok(!stored.includes(SECRET));
}

async function make(v, portal) {
	const page = v.page;
	// Without scripts.
	await v.visit(FORM);
	await page.locator('#f-name').fill('no-scripts');
	await page.locator('#f-owner').fill('billing-team');
	await page.getByLabel('A job').check();
	await page.getByLabel('Only a trial').check();
	await page.keyboard.press('Enter');
	await page.getByText('What you chose asks for more').waitFor();
	await page.locator('#f-why').fill('to see how it goes');
	await go(page, 'Next');
	await page.getByRole('button', { name: 'Add to Words' }).click();
	await page.locator('#f-words-0').fill('one');
	await page.locator('#f-tags').fill('a-tag, go');
	await go(page, 'Next');
	await page.locator('#f-repoUrl-owner').fill('acme');
	await page.locator('#f-repoUrl-repo').fill('pay');
	await field(page, 'token').fill(SECRET);
	await go(page, 'Look it over');
	await page.getByRole('main').getByRole('button', { name: 'Make it', exact: true }).click();
	await eventually('it leads to the task', () => /\/create\/tasks\/[0-9a-f-]{36}$/.test(page.url()));
	const task = (await portal.get(`/api/scaffolder/v2/tasks/${page.url().split('/').at(-1)}`)).json();
	assert.equal(task.spec.parameters.name, 'no-scripts');
	assert.equal(task.spec.parameters.why, 'to see how it goes');
	assert.deepEqual(task.spec.parameters.words, ['one']);
	assert.deepEqual(task.spec.parameters.tags, ['a-tag', 'go']);
	assert.ok(!JSON.stringify(task).includes(SECRET));
}

export default async ({ test, stack, portal }) => {
	await portal.becomes('template:default/fields');
	await test('a template is found by keyboard', gallery);
	await test('fields come and go while one fills in', conditions);
	await test('what is wrong is said at its field', errors);
	await test('pickers by keyboard', pickers);
	await portal.becomes('template:default/picks');
	await test('what is marked is chosen when one leaves the field', marked);
	await test('the only entity that fits is chosen', only);
	await test('it is without scripts, too', { withoutJavaScript: true }, async v => {
		const page = v.page;
		await v.visit(PICKED);
		await go(page, 'Next');
		await field(page, 'repoUrl').waitFor();
	});
	await test("a token of one's own is entered for one host", v => ownToken(v, stack.host ?? new URL(stack.site).host));
	await test('owners of repositories are suggested', v => repositories(v, stack.host ?? new URL(stack.site).host));
	await test('lists grow, shrink and change their order', lists);
	await test('nothing is lost, and nothing secret comes back', drafts);
	await test('all of it without scripts', { withoutJavaScript: true }, v => make(v, portal));
	await test('on a phone', { phone: true }, conditions);
};
