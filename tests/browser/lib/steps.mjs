// The steps by which pages of paths.mjs are reached that no address opens: (page, visitor) => ..., as a user makes them.
import { REPOSITORIES, file } from './stage.mjs';
import { eventually } from './tap.mjs';
import { fillIn } from './words.mjs';

const main = page => page.getByRole('main');

// What is pressed leads to another page.
async function press(page, name) {
	const button = main(page).getByRole('button', { name });
	await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), button.first().click()]);
}

// ---- forms of templates: tests/fixtures/templates/fields.yaml ----

const field = (page, name) => main(page).getByLabel(name, { exact: true });
// A form that somebody has begun goes on where it was: each picture begins anew.
async function beginAnew(page) {
	if (await main(page).getByRole('button', { name: 'Begin anew' }).count()) await press(page, 'Begin anew');
}
async function details(page) {
	await beginAnew(page);
	await page.locator('#f-name').fill('pay');
	await page.locator('#f-owner').fill('billing-team');
	await press(page, 'Next');
	await main(page).getByRole('heading', { name: 'Details' }).waitFor();
}
async function repository(page) {
	await details(page);
	await press(page, 'Next');
	await main(page).getByRole('heading', { name: 'The repository' }).waitFor();
}
export const fillForm = {
	async wrong(page) {
		await beginAnew(page);
		await page.locator('#f-name').fill('Not a name!');
		await press(page, 'Next');
		await main(page).getByRole('alert').waitFor();
	},
	async details(page) {
		await details(page);
		await main(page).getByRole('button', { name: 'Add to Settings' }).click();
		await field(page, 'Key').waitFor();
	},
	repository,
	async review(page) {
		await repository(page);
		await page.locator('#f-repoUrl-owner').fill('acme');
		await page.locator('#f-repoUrl-repo').fill('pay');
		await field(page, 'Token').fill('sesame-4711');
		await press(page, 'Look it over');
		await main(page).getByRole('button', { name: 'Make it' }).waitFor();
	},
	// The last page but one of many: what is there of each goes through the head of a phone. Of docs/examples/templates/every-field.
	async lists(page) {
		await beginAnew(page);
		await page.locator('#f-text').fill('hello');
		for (const heading of ['Choices', 'From the catalog', 'Lists and secrets']) {
			await press(page, 'Next');
			await main(page).getByRole('heading', { name: heading }).waitFor();
		}
		await main(page).getByRole('button', { name: 'Add to Texts' }).click();
		await main(page).getByRole('textbox', { name: /^Texts 2/ }).waitFor();
	},
};

// ---- registering ----

const look = target => async page => {
	await fillIn(page, /URL/, target);
	await press(page, 'Look');
};

async function prepare(page) {
	await look(`${REPOSITORIES}/bare`)(page);
	await main(page).getByRole('heading', { name: 'About the component' }).waitFor();
}

async function finish(page) {
	await look(file('returns', 'catalog-info.yaml'))(page);
	await press(page, /^(Register|Read it again)$/);
	await eventually('what it has brought is listed', async () => {
		await page.reload();
		return main(page).getByRole('link', { name: 'returns-desk' }).count();
	});
}

export const register = {
	async refused(page) {
		await look('urn:payments')(page);
		await main(page).getByRole('alert').waitFor();
	},
	choose: look(`${REPOSITORIES}/returns`),
	prepare,
	async answerMissing(page) {
		await prepare(page);
		await fillIn(page, 'Component name', 'not a name');
		await press(page, 'Make the file');
		await main(page).getByText('Choose the group that answers for it.').waitFor();
	},
	async file(page) {
		await prepare(page);
		await fillIn(page, 'Description', 'Prints the labels of parcels');
		await main(page).getByRole('checkbox', { name: /CODEOWNERS/ }).check();
		await press(page, 'Make the file');
		await main(page).getByText('owner: billing-team').waitFor();
	},
	async review(page) {
		await look(`${REPOSITORIES}/returns`)(page);
		await press(page, 'Review');
	},
	faults: look(file('labels', 'faulty.yaml')),
	finish,
};

// ---- menus, dialogs, messages ----

export const menu = {
	export: page => main(page).getByText('Export', { exact: true }).click(),
	entity: page => page.getByLabel(/^More about /).click(),
	user: page => page.getByLabel(/^You: /).click(),
	kinds: page => page.getByText('Kinds: all').click(),
};

export async function palette(page) {
	await page.getByRole('banner').getByRole('link', { name: /^Search/ }).click();
	await page.getByRole('option').first().waitFor();
}

export async function keys(page) {
	await page.keyboard.press('?');
	await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
}

export async function sure(page) {
	await page.getByRole('button', { name: /^Unregister .*worker/ }).click();
	await page.getByRole('dialog').waitFor();
}

export async function starLost(page, visitor) {
	visitor.expected.push(/\/star|Failed to load resource/);
	await page.route('**/star', route => route.abort(), { times: 1 });
	// The words would go while they are looked at.
	await page.evaluate(() => {
		const later = setTimeout;
		globalThis.setTimeout = (act, ms, ...more) => (ms > 5000 ? 0 : later(act, ms, ...more));
	});
	await main(page).getByRole('button', { name: 'Star' }).first().click();
	await page.locator('.toast').waitFor();
}

// The short view of an entity, beside a link that is pointed at.
export async function peek(page) {
	await main(page).getByRole('link', { name: 'billing', exact: true }).first().hover();
	await page.locator('.peek').waitFor();
}

export const unfold = name => page => main(page).getByText(name, { exact: true }).first().click();

// ---- tasks ----

// The newest of a list of tasks, and what there is of it.
async function openTask(page) {
	await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), main(page).getByRole('link', { name: /^A service with/ }).first().click()]);
}
export const task = {
	open: openTask,
	async again(page) {
		await openTask(page);
		await page.locator('summary', { hasText: 'Try again' }).click();
	},
	async cancel(page) {
		await openTask(page);
		await page.getByRole('button', { name: 'Cancel' }).click();
		await page.getByRole('dialog').waitFor();
	},
	async files(page) {
		await openTask(page);
		await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), main(page).getByRole('link', { name: 'Files' }).click()]);
		await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), main(page).getByRole('link', { name: 'catalog-info.yaml' }).click()]);
	},
};

// A dry run of the template editor.
export async function dryRun(page) {
	await page.getByRole('button', { name: 'Dry run' }).click();
	await page.getByRole('heading', { name: /^Files \(/ }).waitFor();
	await page.locator('.run-file .hljs-attr').first().waitFor();
}
export const fieldsTab = page => page.getByRole('tab', { name: 'Fields' }).click();

// ---- what is sent ----

export async function wrongPassword(page) {
	await fillIn(page, 'User name', 'ana');
	await page.getByLabel('Password').fill('not hers');
	await press(page, 'Sign in');
	await page.getByRole('alert').waitFor();
}

export async function makeToken(page) {
	await fillIn(page, 'Name', 'for the laptop');
	await press(page, 'Make the token');
	await main(page).getByText('it is not shown again').waitFor();
}
