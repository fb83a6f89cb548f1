// Chromium, and pages that are watched: what the console, the network or the Content-Security-Policy complain about.
import { existsSync } from 'node:fs';
import { chromium } from '../../npm/node_modules/playwright-core/index.mjs';
import { fail, slower } from './tap.mjs';

const names = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
export const CHROMIUM = process.env.CHROMIUM ?? names.find(existsSync);

export function launch(more = []) {
	if (!CHROMIUM) fail('There is no Chromium; CHROMIUM=/path/to/it names one that is elsewhere.');
	const root = process.getuid() === 0 ? ['--no-sandbox'] : [];
	return chromium.launch({
		executablePath: CHROMIUM,
		// Ports of the loopback address that the stacks use may be among those that Chromium calls unsafe.
		args: [...root, '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', ...more],
		timeout: 30000 * slower,
	});
}

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

// What a context may be asked for: {dark, phone, withoutJavaScript} and Playwright's own options.
function options({ dark, phone, withoutJavaScript, ...more }) {
	return {
		viewport: phone ? PHONE : DESKTOP,
		isMobile: !!phone,
		hasTouch: !!phone,
		colorScheme: dark ? 'dark' : 'light',
		javaScriptEnabled: !withoutJavaScript,
		locale: 'en-GB',
		timezoneId: 'UTC',
		...more,
	};
}

// Runs in every page before its own scripts. Movement within half a second of an input is the user's doing, as browsers count.
function watch() {
	const seen = (globalThis.__seen = { shifts: [], tasks: [], paint: 0 });
	const observe = (type, each) => new PerformanceObserver(list => list.getEntries().forEach(each)).observe({ type, buffered: true });
	observe('layout-shift', e => {
		if (e.hadRecentInput) return;
		const nodes = e.sources.map(s => s.node?.outerHTML?.slice(0, 120) ?? s.node?.nodeName);
		seen.shifts.push({ value: e.value, nodes });
	});
	observe('longtask', e => seen.tasks.push({ start: e.startTime, ms: e.duration }));
	observe('largest-contentful-paint', e => (seen.paint = e.startTime));
	document.addEventListener('securitypolicyviolation', e =>
		globalThis.__complain?.(`CSP: ${e.effectiveDirective} forbids ${e.blockedURI} ${e.sample ?? ''} in ${location.pathname}`));
}

// A browser of one user, with what its pages complained about.
export class Visitor {
	complaints = [];
	// Complaints that a test provokes: [pattern...]. A fetch that a new page has ended is no fault; one that fails is seen below.
	expected = [/TypeError: Failed to fetch/];

	static async open(browser, base, wishes = {}) {
		const self = new Visitor();
		self.base = base;
		// Without, what waits in the page (axe-core does) waits for ever.
		self.scripts = !wishes.withoutJavaScript;
		self.context = await browser.newContext(options({ baseURL: base, ...wishes }));
		self.context.setDefaultTimeout(10000 * slower);
		await self.context.exposeBinding('__complain', (_, text) => self.complain(text));
		await self.context.addInitScript(watch);
		self.context.on('page', page => self.#listen(page));
		self.page = await self.context.newPage();
		return self;
	}

	complain(text) {
		if (!this.expected.some(pattern => pattern.test(text))) this.complaints.push(text);
	}

	#listen(page) {
		page.on('console', message => {
			// An answer with an error status is judged by the one who asked for it.
			if (message.type() === 'error' && !(message.location().url === page.url() && /status of [45]/.test(message.text())))
				this.complain(`console: ${message.text()} (${message.location().url})`);
		});
		page.on('pageerror', error => this.complain(`script: ${error.message}`));
		page.on('requestfailed', request => {
			if (request.failure()?.errorText !== 'net::ERR_ABORTED') this.complain(`request: ${request.url()} ${request.failure()?.errorText}`);
		});
		page.on('response', response => {
			const own = new URL(response.url()).origin === new URL(this.base).origin;
			if (!own) this.complain(`request: ${response.url()} is not of the portal`);
			if (response.status() >= 400 && !response.request().isNavigationRequest())
				this.complain(`request: ${response.url()} answers ${response.status()}`);
		});
	}

	// Opens a path; fails when the status is another than the wanted one.
	async visit(path, status = 200) {
		const response = await this.page.goto(path, { waitUntil: 'load' });
		if (response && response.status() !== status) {
			const text = (await this.page.locator('body').innerText()).slice(0, 300);
			fail(`${path} answers ${response.status()} instead of ${status}: ${text}`);
		}
		return this.page;
	}

	// What moved, and what kept the browser busy, since the page was opened.
	seen() {
		return this.page.evaluate(async () => {
			// Entries are handed over when the browser is idle.
			await new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
			return globalThis.__seen;
		});
	}

	async close() {
		await this.context.close();
		if (this.complaints.length) fail('The pages complained:', [...new Set(this.complaints)]);
	}
}
