// How an entity runs, as somebody on call sees it: what is wrong and what to do, an object, its log, and a page that follows.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { accessible } from './lib/checks.mjs';
import { clusters, recorded } from './lib/clusters.mjs';
import { TOP } from './lib/stack.mjs';
import { eventually } from './lib/tap.mjs';

const worker = '/catalog/default/component/payments-worker';
const pod = 'payments-worker-w5ct79xsvq-mc74l';
const object = what => `${worker}/kubernetes/object?cluster=prod-eu&ns=team-payments&object=${what}`;
let kube;

export async function prepare(stack) {
	if (!recorded) return '';
	kube = await clusters(stack, { 'prod-eu': 'Production, Europe', 'staging-eu': 'Staging', badcert: 'Laboratory' });
	return `${kube.config}
catalog:
  rules: [{allow: [Component, API, Resource, System, Domain, Group, User, Location, Template]}]
  locations:
    - {type: file, target: ${join(TOP, 'docs/examples/all.yaml')}}
    - {type: file, target: ${kube.file}}
permission: {rbac: {admin: {users: [{name: user:default/guest}]}}}
`;
}

// Nobody loads the page again: what clusters say comes into it.
async function comesByItself(v) {
	const page = await v.visit(`${worker}/kubernetes`);
	const crash = page.locator('.finding', { hasText: 'Container crashes again and again' }).first();
	await crash.waitFor({ timeout: 30000 });
	await page.getByText('does not answer').first().waitFor({ timeout: 30000 });
	await page.getByText('1 of 2 pods ready').first().waitFor();
	await accessible(page);
	return page;
}

async function finding(v) {
	const page = await comesByItself(v);
	const crash = page.locator('.finding', { hasText: 'Container crashes again and again' }).first();
	if (!(await crash.evaluate(it => it.open))) await crash.locator('summary').click();
	await crash.getByText('What to do').waitFor();
	await crash.getByText(/previous log/).waitFor();
	await crash.getByText('BackOff').first().waitFor();
	await crash.getByRole('link', { name: 'Log of before' }).click();
	await page.getByRole('heading', { name: 'Log of worker' }).waitFor();
	await page.getByText('line one').waitFor();
	assert.equal(await page.getByRole('checkbox', { name: 'Before its last restart' }).isChecked(), true);
}

// What somebody has opened, looks at and stands on is left alone while the page follows.
async function staysAsItIs(v) {
	const page = await comesByItself(v);
	const finding = page.locator('.finding').nth(1), summary = finding.locator('summary');
	await summary.click();
	await summary.focus();
	const before = await page.evaluate(() => {
		scrollTo(0, 200);
		document.activeElement.marked = true;
		document.querySelector('.pods').marked = true;
		return scrollY;
	});
	const asked = (await kube.seen('prod-eu')).requests;
	await kube.mode('staging-eu', 'error');
	const said = page.locator('.cluster', { hasText: 'Staging' });
	try {
		await said.getByText(/answers with errors|does not answer/).first().waitFor({ timeout: 60000 });
	} finally {
		await kube.mode('staging-eu', 'ok');
	}
	assert.ok((await kube.seen('prod-eu')).requests > asked, 'it asks again');
	assert.equal(await finding.evaluate(it => it.open), true, 'what was open is open');
	assert.equal(await page.evaluate(() => document.activeElement.marked), true, 'the focus is where it was');
	assert.equal(await page.evaluate(() => document.querySelector('.pods').marked), true, 'tables are the same ones');
	assert.equal(await page.evaluate(() => scrollY), before, 'nothing has scrolled');
}

// Clusters answer one after the other; nothing that is there moves, and new findings wait for a click.
async function nothingJumps(v) {
	await kube.mode('staging-eu', 'slow');
	try {
		// Nobody has looked at this one yet: all of it has to be asked for.
		const page = await v.visit('/catalog/default/component/fraud-detector/kubernetes');
		await page.evaluate(() => {
			globalThis.shifts = [];
			new PerformanceObserver(list => {
				for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifts.push(entry.value);
			}).observe({ type: 'layout-shift', buffered: true });
		});
		const europe = page.locator('.cluster', { hasText: 'Production, Europe' });
		await europe.getByRole('table').first().waitFor({ timeout: 60000 });
		const first = await europe.evaluate(it => { it.marked = true; return it.getBoundingClientRect().top; });
		await page.locator('.cluster', { hasText: 'Staging' }).getByRole('table').first().waitFor({ timeout: 60000 });
		assert.equal(await europe.evaluate(it => it.marked && it.getBoundingClientRect().top), first, 'the first cluster is where it was');
		const shifted = await page.evaluate(() => globalThis.shifts.reduce((a, b) => a + b, 0));
		assert.ok(shifted < 0.01, `the layout has shifted by ${shifted}`);
	} finally {
		await kube.mode('staging-eu', 'ok');
	}
}

async function followed(v) {
	const page = await v.visit(`${worker}/kubernetes/log?cluster=prod-eu&ns=team-payments&pod=${pod}`);
	await page.getByRole('button', { name: 'Follow' }).click();
	const lines = page.locator('.log-lines');
	await lines.getByText('more').nth(2).waitFor({ timeout: 20000 });
	await page.getByLabel('Only lines with').fill('LINE TWO');
	await lines.getByText('more').first().waitFor({ state: 'hidden' });
	assert.equal(await page.locator('.log-lines .line:visible').count(), 1);
	assert.equal(await page.locator('.log-lines b').count(), 0, 'a log is text');
	await page.getByRole('button', { name: 'Follow' }).click();
	await page.getByText('Not followed any more').waitFor();
	await accessible(page);
}

async function anObject(v) {
	const page = await v.visit(object(`Pod/${pod}`));
	await page.getByRole('heading', { name: pod }).waitFor();
	assert.ok(!(await page.locator('#raw').textContent()).includes('managedFields'));
	await page.getByRole('link', { name: 'With managed fields' }).click();
	await page.getByRole('link', { name: 'Without managed fields' }).waitFor();
	assert.ok((await page.locator('#raw').textContent()).includes('managedFields'));
	await page.getByRole('link', { name: /^payments-worker-w5ct79xsvq$/ }).click();
	await page.getByRole('heading', { name: 'payments-worker-w5ct79xsvq' }).waitFor();
	await page.getByRole('link', { name: /^payments-worker$/ }).last().click();
	await page.locator('.object-head h2', { hasText: /^payments-worker$/ }).waitFor();
}

async function changes(v) {
	let page = await v.visit(object(`Pod/${pod}`));
	await page.locator('summary', { hasText: 'Delete' }).click();
	await page.getByText('starts another').waitFor();
	await page.getByRole('button', { name: 'Delete this pod' }).click();
	await page.getByText('The pod is being deleted').waitFor();
	page = await v.visit(object('Deployment/payments-worker'));
	await page.locator('summary', { hasText: 'Restart' }).click();
	await page.getByRole('button', { name: 'Restart payments-worker' }).click();
	await page.getByText('It is being restarted').waitFor();
	const done = (await kube.seen('prod-eu')).changes.map(line => line.split(' ').slice(0, 2).join(' '));
	assert.deepEqual(done, [`DELETE /api/v1/namespaces/team-payments/pods/${pod}`, 'PATCH /apis/apps/v1/namespaces/team-payments/deployments/payments-worker']);
}

// What the shell has said, as it stands on the screen.
const screen = page => page.locator('#shell-rows');
async function line(page, text) {
	await page.keyboard.type(text);
	await page.keyboard.press('Enter');
}

async function aShell(v) {
	const page = await v.visit(object('Pod/payments-worker-w5ct79xsvq-d9h7r'));
	await page.getByRole('link', { name: 'Shell in worker' }).click();
	await page.getByText('Connected', { exact: true }).waitFor();
	await screen(page).getByText('$').first().waitFor();
	await line(page, 'echo hello there');
	await screen(page).getByText('hello there', { exact: true }).waitFor();
	await page.getByRole('log', { name: 'Output' }).getByText('hello there').first().waitFor();
	await line(page, 'colours');
	await screen(page).locator('.f1', { hasText: 'red' }).waitFor();
	await accessible(page);
	await line(page, 'size');
	const told = screen(page).getByText(/^\d+ rows, \d+ columns/);
	await told.waitFor();
	const [, columns] = /rows, (\d+) columns/.exec(await told.textContent());
	assert.ok(Number(columns) > 80, `${columns} columns are told`);
	await page.setViewportSize({ width: 700, height: 700 });
	await eventually('the new size is told', async () => (await kube.seen('prod-eu')).exec.sizes.some(s => Number(s.split('x')[0]) < Number(columns)));
	await page.setViewportSize({ width: 1440, height: 900 });
	await page.keyboard.type('never sent');
	await page.keyboard.press('Control+c');
	await screen(page).getByText('^C').waitFor();
	await line(page, 'exit 3');
	await page.getByText('The shell has ended with exit code 3.').waitFor();
	await accessible(page);
	await page.keyboard.press('Enter'); // the way on has the focus
	await page.getByText('Connected', { exact: true }).waitFor();
	await page.getByRole('button', { name: 'End', exact: true }).click();
	await page.getByText('You have ended it.').waitFor();
	assert.ok((await kube.seen('prod-eu')).exec.lines.includes('echo hello there'));
}

// Keys go to the shell; whoever has no mouse leaves it all the same.
async function leavesTheShell(v) {
	const page = await v.visit(object('Pod/payments-worker-w5ct79xsvq-d9h7r'));
	await page.getByRole('link', { name: 'Shell in worker' }).click();
	await page.getByText('Connected', { exact: true }).waitFor();
	const focused = () => page.evaluate(() => document.activeElement.id);
	await page.keyboard.press('Tab');
	assert.equal(await focused(), 'shell-keys');
	await page.keyboard.press('Control+m');
	await page.getByText('Tab leaves now').waitFor();
	await page.keyboard.press('Tab');
	assert.notEqual(await focused(), 'shell-keys');
	await page.keyboard.press('Shift+Tab');
	assert.equal(await focused(), 'shell-keys');
}

async function noShell(v) {
	const there = `${worker}/kubernetes/shell?cluster=prod-eu&ns=team-payments&pod=payments-worker-w5ct79xsvq-d9h7r`;
	const page = await v.visit(there);
	const before = (await kube.seen('prod-eu')).exec.asked.length;
	await kube.mode('prod-eu', 'no-exec');
	try {
		await page.getByRole('button', { name: 'Open the shell' }).click();
		await page.getByText(/cannot create resource "pods\/exec"/).waitFor();
	} finally {
		await kube.mode('prod-eu', 'ok');
	}
	assert.equal((await kube.seen('prod-eu')).exec.asked.length, before, 'a page that comes from elsewhere opens nothing by itself');
	await page.getByRole('button', { name: 'Open another' }).click();
	await page.getByText('Connected', { exact: true }).waitFor();
	await v.visit(`${worker}/kubernetes/shell?cluster=prod-eu&ns=team-payments&pod=${pod}`);
	await page.getByText('No container of this pod runs').waitFor();
}

async function card(v) {
	const page = await v.visit(worker);
	const there = page.locator('.later', { hasText: 'Kubernetes' });
	await there.getByText(/\d errors/).waitFor({ timeout: 30000 });
	await there.getByRole('link', { name: 'Container crashes again and again' }).first().click();
	await page.getByRole('heading', { name: pod }).waitFor();
}

async function fleet(v) {
	const page = await v.visit('/kubernetes');
	await eventually('all teams are there', async () => {
		await v.visit('/kubernetes');
		return (await page.locator('#team option', { hasText: 'billing-team' }).count()) > 0 && (await page.getByRole('link', { name: 'platform-team' }).count()) > 0;
	}, 60);
	await accessible(page);
	await Promise.all([page.waitForURL(/team=group/, { timeout: 60000 }), page.getByLabel('Team', { exact: true }).selectOption({ label: 'billing-team' })]);
	await page.getByRole('heading', { name: /billing-team/ }).waitFor();
	assert.equal(await page.locator('.team').count(), 1);
	await page.locator('.side').getByRole('link', { name: 'Kubernetes' }).waitFor();
}

// By hand: all is in the page as the server sends it.
async function withoutScripts(v) {
	await eventually('clusters have answered', async () => {
		const page = await v.visit(`${worker}/kubernetes`);
		return (await page.getByText('Container crashes again and again').count()) > 0;
	}, 30);
	const page = await v.visit(`${worker}/kubernetes/log?cluster=prod-eu&ns=team-payments&pod=${pod}`);
	await page.getByLabel('Only lines with').fill('two');
	await page.getByRole('button', { name: 'Show' }).click();
	await page.getByText('line two').waitFor();
	assert.equal(await page.getByText('line one').count(), 0);
}

export default async ({ test, skip }) => {
	if (!recorded) return skip('Kubernetes', 'the recorded answers of API servers are not there');
	await test('what clusters say comes by itself, a sick one keeps nobody waiting', comesByItself);
	await test('a finding says what to do, and leads to the log', finding);
	await test('what is open stays open while the page follows', staysAsItIs);
	await test('nothing that is read moves while clusters answer', nothingJumps);
	await test('a log is followed and filtered', followed);
	await test('an object and what owns it', anObject);
	await test('a pod is deleted, a workload restarted, after a question', changes);
	await test('a shell in a container', aShell);
	await test('the keyboard leaves the shell', leavesTheShell);
	await test('no shell, and why', noShell);
	await test('the overview says how it runs', card);
	await test('all clusters, by team', fleet);
	await test('without scripts', { withoutJavaScript: true }, withoutScripts);
};
