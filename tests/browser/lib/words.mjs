// What the tests read off the catalog's pages.

const main = page => page.getByRole('main');

// The names in the first column of the list, as shown.
export async function names(page) {
	const table = main(page).getByRole('table').first();
	if (!(await table.count())) return [];
	return table.locator('tbody tr td:first-child a:first-of-type').allInnerTexts();
}

export function found(page, name) {
	return main(page).getByRole('table').first().getByRole('link', { name, exact: true });
}

// How many the heading says there are.
export async function total(page) {
	const text = await main(page).getByRole('heading', { level: 1 }).first().innerText();
	return Number(text.replace(/\D/g, ''));
}

// Where the menus of the frame lead.
export function offers(page) {
	return page.locator('nav a[href^="/"], header a[href^="/"]').evaluateAll(all => [...new Set(all.map(a => a.getAttribute('href')))]);
}

export function headings(page) {
	return page.getByRole('heading').allInnerTexts();
}

export function fillIn(page, label, text) {
	return main(page).getByRole('textbox', { name: label }).first().fill(text);
}

// Text of a catalog file.
export function component(name, { type = 'service', description = 'A description' } = {}) {
	return `apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: ${name}, description: ${description}}
spec: {type: ${type}, lifecycle: production, owner: billing-team}
`;
}
