// Opens pages and looks for what an author has smuggled in: scripts that ran, markup that was parsed, links that would run.
import { both, fail } from './tap.mjs';
import { Visitor } from './browser.mjs';

// Runs in the page: words for each thing that should not be there.
function trespassers() {
	const bad = [];
	// A frame that is a stranger to us may show what it likes.
	const stranger = e => e.localName === 'iframe' && e.hasAttribute('sandbox') && !/allow-same-origin/.test(e.getAttribute('sandbox'));
	for (const e of document.querySelectorAll('[class*="xss-"], iframe, object, embed, base, marquee, math'))
		if (!stranger(e)) bad.push(`parsed: ${e.outerHTML.slice(0, 120)}`);
	for (const e of document.querySelectorAll('*')) {
		for (const { name, value } of e.attributes) {
			if (/^on/i.test(name)) bad.push(`handler: ${e.outerHTML.slice(0, 120)}`);
			if (!['href', 'src', 'action', 'formaction', 'data', 'xlink:href', 'poster', 'srcset', 'background'].includes(name)) continue;
			let scheme;
			try {
				scheme = new URL(value, location.href).protocol;
			} catch {
				continue;
			}
			if (!['http:', 'https:', 'mailto:', 'tel:'].includes(scheme)) bad.push(`address: ${name}=${value.slice(0, 100)}`);
			// Somebody else's address is for links alone: nothing is fetched from there.
			if (e.localName !== 'a' && new URL(value, location.href).origin !== location.origin && /^https?:/.test(scheme))
				bad.push(`fetched: ${e.outerHTML.slice(0, 120)}`);
		}
	}
	for (const e of document.querySelectorAll('script')) if (/canary/.test(e.textContent) && e.type !== 'application/json') bad.push(`script: ${e.textContent.slice(0, 100)}`);
	return [...new Set(bad)];
}

export class Hunt {
	#visitors = [];

	constructor(browser, base) {
		this.browser = browser;
		this.base = base;
	}

	// Without the Content-Security-Policy, so that what it would forbid is seen: escaping must hold alone.
	async #open() {
		const v = await Visitor.open(this.browser, this.base, { bypassCSP: true });
		v.ran = [];
		await v.context.exposeBinding('canary', source => v.ran.push(`ran in ${source.frame.url()}`));
		v.page.on('dialog', dialog => {
			v.ran.push(`dialog: ${dialog.message()}`);
			dialog.dismiss();
		});
		v.expected.push(/answers [45]\d\d/, /is not of the portal/, /evil\.example|example\.test/, /ERR_/);
		this.#visitors.push(v);
		return v;
	}

	async #look(v, path) {
		await v.page.goto(path, { waitUntil: 'load' });
		return [...v.ran.splice(0), ...(await v.page.evaluate(trespassers))].map(words => `${path}: ${words}`);
	}

	async all(paths) {
		const found = [];
		while (this.#visitors.length < 2) await this.#open();
		const free = [...this.#visitors];
		await both(paths, async path => {
			const v = free.pop();
			found.push(...(await this.#look(v, path)));
			free.push(v);
		});
		if (found.length) fail(`${found.length} found:`, found.slice(0, 20));
	}

	// Each of these, put into a page as it is, is noticed: a hunt that finds nothing has looked.
	async sees(payloads) {
		const [v] = this.#visitors;
		for (const text of payloads) {
			await v.page.goto('/static/icon.svg');
			await v.page.goto('about:blank');
			await v.page.setContent(`<!doctype html><title>x</title><p>${text}</p>`);
			const found = [...v.ran.splice(0), ...(await v.page.evaluate(trespassers))];
			if (!found.length) fail(`Not noticed: ${text}`);
		}
	}

	async end() {
		for (const v of this.#visitors) await v.context.close();
	}
}
