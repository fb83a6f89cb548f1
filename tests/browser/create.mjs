// The pages below /create beside the form: actions, the template editor.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { accessible } from './lib/checks.mjs';
import { TOP } from './lib/stack.mjs';
import { eventually } from './lib/tap.mjs';

function put(folder, files) {
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, name)), { recursive: true });
		writeFileSync(join(folder, name), text);
	}
}

const template = (name, more = '') => `# A comment that only the file has.
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata:
  name: ${name}
  title: Service of ${name}
spec:
  owner: billing-team
  type: service
  parameters:
    - title: The service
      required: [name]
      properties:
        name: {title: Name, type: string, default: pay}
  steps:
    - id: fetch
      name: Fill it in
      action: fetch:template
      input:
        url: ./skeleton
        values: {name: "\${{ parameters.name }}"}
${more}  output:
    text:
      - title: Done
        content: Made **\${{ parameters.name }}**
`;
// Waits until the test lets it go on, by a file on its own server; then it says a lot, and ends.
const slow = `apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: slow, title: Slow one}
spec:
  owner: billing-team
  type: service
  parameters:
    - title: The service
      required: [name]
      properties:
        name: {title: Name, type: string}
        code: {title: Code, type: string, 'ui:backstage': {review: {mask: '<hidden>'}}}
        seconds: {type: number, default: 30}
        fails: {type: boolean, default: false}
  steps:
    - {id: first, name: Say it, action: 'debug:log', input: {message: "\\u001b[31mred\\u001b[0m and plain ${'${{ parameters.name }}'}"}}
    - {id: file, name: Write it, action: 'catalog:write', input: {filePath: made.yaml, entity: {apiVersion: v1, kind: Component, metadata: {name: "${'${{ parameters.name }}'}", description: "${'${{ secrets.token }}'}"}}}}
    - {id: wait, name: Wait, action: 'debug:wait', input: {seconds: "${'${{ parameters.seconds }}'}"}}
    - {id: fail, name: Perhaps fail, if: "${'${{ parameters.fails }}'}", action: 'fs:rename', input: {files: [{from: no-such-file, to: b}]}}
    - {id: last, name: Say goodbye, action: 'debug:log', input: {message: "goodbye ${'${{ secrets.token }}'}"}}
  output:
    links:
      - {title: Its repository, url: 'https://git.example/acme/pay', icon: github}
      - {title: In the catalog, entityRef: 'component:default/ledger'}
    text:
      - {title: What now, content: "Run **make** <script>alert(1)</script>"}
`;

const skeleton = {
	'skeleton/README.md': '# ${{ values.name }}\n\nOne.\nTwo.\n',
	'skeleton/src/${{ values.name }}.go': 'package ${{ values.name }}\n',
};

export async function prepare(stack) {
	const folder = join(stack.work, 'cat');
	put(folder, { 'template.yaml': template('of-catalog'), ...skeleton, 'slow/slow.yaml': slow });
	put(join(stack.work, 'local/mine'), { 'template.yaml': template('of-folder'), ...skeleton, '.git/config': 'not this' });
	return `
catalog:
  rules: [{allow: [Component, API, Resource, System, Domain, Group, User, Location, Template]}]
  locations:
    - {type: file, target: ${join(TOP, 'docs/examples/all.yaml')}}
    - {type: file, target: ${join(folder, 'template.yaml')}}
    - {type: file, target: ${join(folder, 'slow/slow.yaml')}}
`;
}

// ---- actions ----

async function actions(v) {
	await v.context.grantPermissions(['clipboard-read', 'clipboard-write']);
	const page = await v.visit('/create/actions');
	const total = await page.locator('section.action').count();
	await page.getByRole('searchbox', { name: 'Find an action' }).fill('replace files');
	await eventually('the list is narrowed', async () => (await page.locator('section.action:visible').count()) < total);
	await page.getByRole('searchbox', { name: 'Find an action' }).fill('fs:rename');
	assert.equal(await page.locator('section.action:visible').count(), 1);
	assert.match(page.url(), /q=fs%3Arename/);
	await page.reload();
	assert.equal(await page.locator('section.action').count(), 1);
	await page.locator('.hljs-attr').first().waitFor();
	await page.getByRole('button', { name: 'Copy' }).first().click();
	assert.match(await page.evaluate(() => navigator.clipboard.readText()), /action: fs:rename/);
	await accessible(page);
}

async function anchor(v) {
	const page = await v.visit('/create/actions#fetch:template');
	const heading = page.getByRole('heading', { name: 'fetch:template', exact: true });
	await eventually('it is scrolled to', () => heading.evaluate(e => { const at = e.getBoundingClientRect().top; return at > 0 && at < innerHeight / 2; }));
}

// ---- the editor ----

const text = page => page.getByRole('textbox', { name: /\.yaml$|\.md$/ });
const result = page => page.getByRole('tabpanel', { name: 'Result' });

async function sample(v) {
	const page = await v.visit('/create/edit');
	await page.getByRole('link', { name: 'A sample to change' }).click();
	await page.getByText('No problems').waitFor();
	await page.locator('.editor .hljs-attr').first().waitFor();
	await page.getByRole('button', { name: 'Dry run' }).click();
	await result(page).getByRole('heading', { name: 'Files (1)' }).waitFor();
	await result(page).getByRole('region', { name: 'catalog-info.yaml' }).waitFor();
	assert.match(await result(page).getByRole('region', { name: 'Log', exact: true }).textContent(), /Hello, hello!/);
	assert.match(await result(page).getByRole('region', { name: 'Output' }).textContent(), /\*\*hello\*\* is ready/);
	assert.equal(await result(page).getByRole('list', { name: 'Steps' }).getByText('done').count(), 2);
	await accessible(page);
}

// What the form still lacks is said in words, and one click away.
async function misfits(v) {
	const page = await v.visit('/create/edit?template=template:default/library');
	await page.getByText('No problems').waitFor();
	await page.getByRole('button', { name: 'Dry run' }).click();
	await result(page).getByText('name is not filled in').waitFor();
	await accessible(page);
	await result(page).getByRole('button', { name: 'Fill in the form' }).click();
	const form = page.getByRole('tabpanel', { name: 'Form' });
	await form.getByLabel('Name').waitFor();
	assert.ok(await form.getByLabel('Name').evaluate(e => e === document.activeElement), 'the first field has not the focus');
	await page.keyboard.type('scales');
	await form.getByLabel('Owner').fill('platform-team');
	await page.getByRole('button', { name: 'Dry run' }).click();
	await result(page).getByRole('button', { name: 'go.mod' }).waitFor();
}

// What is wrong stands at its line, in the list, and goes when it is mended.
async function faults(v) {
	const page = await v.visit('/create/edit?sample=1');
	await page.getByText('No problems').waitFor();
	const good = await text(page).inputValue();
	await text(page).fill(good.replace('action: debug:log', 'action: debug:lug'));
	const list = page.getByRole('list', { name: 'Problems' });
	await list.getByText(/debug:lug/).waitFor();
	const line = good.slice(0, good.indexOf('action: debug:log')).split('\n').length;
	assert.equal(await page.locator('.gutter .bad').textContent(), `${line}`);
	await list.getByRole('button', { name: `line ${line}` }).click();
	assert.equal(await text(page).evaluate(e => e.value.slice(e.selectionStart, e.selectionEnd).trim()), 'action: debug:lug');
	await text(page).fill('a: [b\n');
	await list.getByText(/YAML/).waitFor();
	await page.getByRole('button', { name: 'Dry run' }).click();
	await result(page).getByText('The text is no template yet').waitFor();
	await text(page).fill(good);
	await page.getByText('No problems').waitFor();
	v.page.on('dialog', d => d.accept());
}

async function typing(v) {
	v.page.on('dialog', d => d.accept());
	const page = await v.visit('/create/edit?new=1');
	await text(page).focus();
	await page.keyboard.type('spec:');
	await page.keyboard.press('Enter');
	await page.keyboard.type('a: 1');
	assert.equal(await text(page).inputValue(), 'spec:\n  a: 1');
	await page.keyboard.press('Shift+Tab');
	assert.equal(await text(page).inputValue(), 'spec:\n  a: 1'.replace('  ', '  ').replace('\n  a', '\na'));
	await page.keyboard.press('Tab');
	await page.keyboard.press('Control+z');
	assert.equal(await text(page).inputValue(), 'spec:\na: 1');
	assert.equal(await page.locator('.gutter span').count(), 2);
	// The keyboard gets out again.
	await page.keyboard.press('Escape');
	await page.keyboard.press('Tab');
	assert.equal(await text(page).evaluate(e => e === document.activeElement), false);
	await page.getByRole('tab', { name: 'Fields' }).click();
	await text(page).fill('properties:');
	await page.getByRole('button', { name: 'Insert OwnerPicker' }).click();
	assert.match(await text(page).inputValue(), /^properties:\n {2}owner:\n {4}title: Owner\n/);
}

// Its files come along; two runs are compared, and a file with what it was made of.
async function ofCatalog(v) {
	v.page.on('dialog', d => d.accept());
	const page = await v.visit('/create/edit');
	await page.getByRole('searchbox', { name: 'Find a template' }).fill('of-catalog');
	await page.getByRole('button', { name: 'Find' }).click();
	await page.getByRole('link', { name: 'Service of of-catalog' }).click();
	await page.getByRole('navigation', { name: 'Files of the template' }).getByRole('button', { name: 'README.md' }).waitFor();
	assert.match(await text(page).inputValue(), /^# A comment that only the file has/);
	await page.getByRole('tab', { name: 'Values' }).click();
	assert.match(await page.getByRole('textbox', { name: 'Values' }).inputValue(), /"name": "pay"/);
	await page.getByRole('button', { name: 'Dry run' }).click();
	await result(page).getByRole('heading', { name: 'Files (2)' }).waitFor();
	await result(page).getByRole('button', { name: 'pay.go' }).click();
	await result(page).getByRole('button', { name: 'Against skeleton/src/${{ values.name }}.go' }).click();
	assert.match(await result(page).locator('.diff .added').textContent(), /package pay/);
	// A change of the skeleton is what differs.
	await page.getByRole('navigation', { name: 'Files of the template' }).getByRole('button', { name: 'README.md' }).click();
	await text(page).fill('# ${{ values.name }}\n\nOne.\nThree.\n');
	await page.getByRole('button', { name: 'Dry run' }).click();
	await result(page).getByRole('button', { name: 'README.md changed' }).waitFor();
	assert.deepEqual(await result(page).locator('.diff .added, .diff .removed').allTextContents(), ['- Two.\n', '+ Three.\n']);
	await accessible(page);
}

async function ofFolder(v, stack) {
	v.page.on('dialog', d => d.accept());
	await v.context.addInitScript(() => { delete window.showDirectoryPicker; });
	const page = await v.visit('/create/edit');
	const chooser = page.waitForEvent('filechooser');
	await page.getByRole('button', { name: 'Open a folder' }).click();
	await (await chooser).setFiles(join(stack.work, 'local/mine'));
	await page.getByText('No problems').waitFor();
	assert.match(await text(page).inputValue(), /name: of-folder/);
	assert.equal(await page.getByText('config', { exact: true }).count(), 0, '.git is left out');
	await page.getByRole('button', { name: 'Dry run' }).click();
	await result(page).getByRole('heading', { name: 'Files (2)' }).waitFor();
	const download = page.waitForEvent('download');
	await page.getByRole('button', { name: 'Download' }).click();
	assert.match(readFileSync(await (await download).path(), 'utf8'), /name: of-folder/);
}

// What is entered in the form is what the dry run is made with.
async function withForm(v) {
	const page = await v.visit('/create/edit?sample=1');
	const form = page.getByRole('tabpanel', { name: 'Form' });
	await form.getByRole('textbox', { name: 'Name' }).fill('from-the-form');
	await page.getByRole('tab', { name: 'Values' }).click();
	await eventually('the values follow', async () => /from-the-form/.test(await page.getByRole('textbox', { name: 'Values' }).inputValue()));
	await page.getByRole('button', { name: 'Dry run' }).click();
	await eventually('it is in the output', async () => /from-the-form/.test(await result(page).textContent()));
	await page.getByRole('tab', { name: 'Form' }).click();
	await accessible(page);
}

async function failing(v) {
	v.page.on('dialog', d => d.accept());
	const page = await v.visit('/create/edit?sample=1');
	await page.getByText('No problems').waitFor();
	await page.getByRole('tab', { name: 'Values' }).click();
	await page.getByRole('textbox', { name: 'Values' }).fill('name: NO');
	await page.getByRole('button', { name: 'Dry run' }).click();
	await result(page).getByRole('alert').getByText(/name.*pattern/).waitFor();
	await page.getByRole('tab', { name: 'Values' }).click();
	await page.getByRole('textbox', { name: 'Values' }).fill('name: good\ngreeting: Ahoy');
	await page.getByRole('textbox', { name: 'Secrets' }).fill('token: hunter-two');
	const bad = (await text(page).inputValue()).replace('message: ${{ parameters.greeting }}, ${{ parameters.name }}!', 'message: "it is ${{ secrets.token }}"')
		.replace('    - id: say', '    - id: gone\n      action: fs:rename\n      input: {files: [{from: nothing, to: else}]}\n    - id: say\n      if: ${{ always() }}');
	await text(page).fill(bad);
	await page.getByText('No problems').waitFor();
	await page.getByRole('button', { name: 'Dry run' }).click();
	await result(page).getByRole('alert').getByText(/nothing/).waitFor();
	assert.match(await result(page).getByRole('region', { name: 'Log', exact: true }).textContent(), /it is \*\*\*/);
	assert.doesNotMatch(await result(page).textContent(), /hunter-two/);
	assert.equal(await result(page).getByRole('list', { name: 'Steps' }).getByText('failed').count(), 1);
}

async function byHand(v) {
	const page = await v.visit('/create/edit?sample=1');
	const field = page.locator('textarea[name="template"]');
	await field.fill((await field.inputValue()).replace('debug:log', 'debug:lug'));
	await page.getByRole('button', { name: 'Check' }).click();
	await page.getByText('1 problem').waitFor();
	await page.getByText(/debug:lug' is not registered/).waitFor();
	assert.match(await page.locator('textarea[name="template"]').inputValue(), /debug:lug/);
}

// ---- tasks ----

async function make(portal, values, secrets = { token: 'hunter-two' }) {
	const answer = await portal.post('/api/scaffolder/v2/tasks', { templateRef: 'template:default/slow', values: { name: 'pay', ...values }, secrets });
	assert.equal(answer.status, 201, answer.text);
	return `/create/tasks/${JSON.parse(answer.text).id}`;
}
const log = page => page.getByRole('region', { name: 'Lines of the log' });
const step = (page, name) => page.getByRole('listitem').filter({ has: page.getByRole('link', { name, exact: true }) });
// As the page has it, without being loaded anew.
const stays = page => page.evaluate(() => { globalThis.stayed = true; });
const stayed = async page => assert.ok(await page.evaluate(() => globalThis.stayed), 'the page was loaded anew');

// The steps and the log as they go on; what came of it without a reload.
async function live(v, portal) {
	const page = await v.visit(await make(portal, { seconds: 3, code: 'four-two' }));
	await stays(page);
	await step(page, 'Wait').getByText('running').waitFor();
	await step(page, 'Say it').getByText('done').waitFor();
	await log(page).getByText('red', { exact: true }).first().waitFor();
	const before = await step(page, 'Wait').locator('.lasted').textContent();
	await eventually('its time goes on', async () => (await step(page, 'Wait').locator('.lasted').textContent()) !== before);
	await page.getByRole('heading', { level: 1 }).getByText('done').waitFor();
	await stayed(page);
	await log(page).getByText('goodbye ***', { exact: true }).waitFor();
	assert.match(await page.title(), /^✓/);
	assert.equal(await page.getByRole('link', { name: 'Its repository' }).getAttribute('href'), 'https://git.example/acme/pay');
	assert.equal(await page.getByRole('link', { name: 'In the catalog' }).getAttribute('href'), '/catalog/default/component/ledger');
	assert.equal(await page.locator('.prose strong').textContent(), 'make');
	// What was given, with what is masked; nothing secret anywhere.
	const given = page.getByRole('region', { name: 'What it was given' });
	await given.getByText('pay', { exact: true }).waitFor();
	await given.getByText('<hidden>').waitFor();
	const html = await page.content();
	assert.doesNotMatch(html, /hunter-two|four-two/);
	const lines = await log(page).locator('.line > span').allTextContents();
	assert.equal(lines.filter(l => l === 'goodbye ***').length, 1, 'a line stands twice');
	await accessible(page);
	// One step's log, and back.
	await page.getByRole('link', { name: 'Say goodbye' }).click();
	await page.getByRole('heading', { name: 'Log of last' }).waitFor();
	assert.doesNotMatch(await log(page).textContent(), /plain pay/);
}

async function reading(v, portal) {
	await v.context.grantPermissions(['clipboard-read', 'clipboard-write']);
	const page = await v.visit(await make(portal, { seconds: 0 }));
	await page.getByRole('heading', { level: 1 }).getByText('done').waitFor();
	await page.reload();
	assert.equal(await log(page).locator('.ansi-1').textContent(), 'red');
	await page.getByRole('searchbox', { name: 'Find in the log' }).fill('step');
	await page.getByText(/^1 of \d+$/).waitFor();
	await page.getByRole('button', { name: 'The next' }).click();
	await page.getByText(/^2 of \d+$/).waitFor();
	assert.equal((await log(page).locator('.now mark').first().textContent()).toLowerCase(), 'step');
	await page.getByRole('button', { name: 'Wrap' }).click();
	assert.equal(await page.getByRole('button', { name: 'Wrap' }).getAttribute('aria-pressed'), 'true');
	await page.getByRole('button', { name: 'Copy the log' }).click();
	await eventually('it is copied', async () => /^red and plain pay$/m.test(await page.evaluate(() => navigator.clipboard.readText())));
	const download = page.waitForEvent('download');
	await page.getByRole('link', { name: 'Download the log' }).click();
	assert.match(readFileSync(await (await download).path(), 'utf8'), /^\S+Z first {2}red and plain pay$/m);
}

// Its files while it waits; cancelled; tried again with its secret.
async function cancelled(v, portal) {
	const address = await make(portal, { seconds: 600 });
	const page = await v.visit(address);
	await step(page, 'Wait').getByText('running').waitFor();
	await v.visit(`${address}/files?path=made.yaml`);
	await page.getByRole('region', { name: 'Text of made.yaml' }).getByText('***').waitFor();
	assert.doesNotMatch(await page.content(), /hunter-two/);
	await accessible(page);
	await v.visit(address);
	await page.getByRole('button', { name: 'Cancel' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
	await page.getByRole('heading', { level: 1 }).getByText('cancelled').waitFor();
	await step(page, 'Wait').getByText('cancelled').waitFor();
	await page.locator('summary', { hasText: 'Try again' }).click();
	await page.getByLabel('token').fill('hunter-two');
	await page.locator('.menu').getByRole('button', { name: 'Try again' }).click();
	await step(page, 'Wait').getByText('running').waitFor();
	await page.getByRole('button', { name: 'Cancel' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
	await page.getByRole('heading', { level: 1 }).getByText('cancelled').waitFor();
	v.expected.push(/404/);
	await v.page.goto(`${address}/files`);
	await page.getByText('its files went with it').waitFor();
}

async function failed(v, portal) {
	const page = await v.visit(await make(portal, { seconds: 0, fails: true }));
	await page.getByRole('heading', { level: 1 }).getByText('failed').waitFor();
	await page.getByRole('alert').getByText(/no-such-file/).waitFor();
	await step(page, 'Perhaps fail').getByText(/no-such-file/).waitFor();
	await step(page, 'Say goodbye').getByText('left out').waitFor();
	assert.match(await page.getByRole('link', { name: 'Start over' }).getAttribute('href'), /^\/create\/templates\/default\/slow\?task=/);
	await accessible(page);
}

async function list(v) {
	const page = await v.visit('/create/tasks?whose=all');
	const rows = page.getByRole('table').getByRole('row');
	const all = await rows.count() - 1;
	await page.getByLabel('Status').selectOption({ label: 'failed' });
	await page.getByRole('button', { name: 'Filter' }).click();
	assert.match(page.url(), /status=failed/);
	assert.ok(await rows.count() - 1 < all && await rows.count() > 1, 'the list is filtered');
	await page.getByLabel('Template').fill('no-such');
	await page.getByRole('button', { name: 'Filter' }).click();
	await page.getByText('No tasks like that').waitFor();
	await page.getByRole('link', { name: 'Clear the filters' }).click();
	await page.getByRole('link', { name: 'Slow one' }).first().click();
	await page.getByRole('heading', { name: /Slow one/, level: 1 }).waitFor();
}

// Without scripts the page loads itself anew until it has ended.
async function taskByHand(v, portal) {
	const page = await v.visit(await make(portal, { seconds: 4 }));
	await step(page, 'Wait').getByText('running').waitFor();
	await page.getByText('red and plain pay').waitFor();
	await page.getByRole('heading', { level: 1 }).getByText('done').waitFor({ timeout: 30000 });
	await page.getByRole('link', { name: 'Its repository' }).waitFor();
}

export default async function ({ test, stack, portal }) {
	await portal.becomes('template:default/slow');
	await portal.becomes('template:default/of-catalog');
	await test('actions are found, coloured and copied', actions);
	await test('an action by its address', anchor);
	await test('the editor: a sample, and what comes of it', sample);
	await test('the editor: values that do not fit', misfits);
	await test('the editor: problems at their lines', faults);
	await test('the editor: typing, indenting, inserting a field', typing);
	await test('the editor: a template of the catalog with its files', ofCatalog);
	await test('the editor: a folder of the computer', v => ofFolder(v, stack));
	await test('the editor: its form', withForm);
	await test('the editor: what fails, and secrets', failing);
	await test('the editor without scripts', { withoutJavaScript: true }, byHand);
	await test('a task: as it goes on', v => live(v, portal));
	await test('a task: reading its log', v => reading(v, portal));
	await test('a task: its files, cancelled, tried again', v => cancelled(v, portal));
	await test('a task: one that fails', v => failed(v, portal));
	await test('tasks: the list', list);
	await test('a task without scripts', { withoutJavaScript: true }, v => taskByHand(v, portal));
	await test('a task on a phone, in the dark', { phone: true, dark: true }, async v => {
		const page = await v.visit(await make(portal, { seconds: 0 }));
		await page.getByRole('heading', { level: 1 }).getByText('done').waitFor();
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it scrolls sideways');
		assert.ok(await page.getByRole('region', { name: 'Lines of the log' }).evaluate(e => e.scrollWidth <= e.clientWidth), 'the log scrolls sideways');
		await accessible(page);
	});
	await test('the editor on a phone', { phone: true }, async v => {
		const page = await v.visit('/create/edit?sample=1');
		await page.getByText('No problems').waitFor();
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it scrolls sideways');
		await accessible(page);
	});
}
