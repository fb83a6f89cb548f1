// What every page must stand: axe-core's rules, the keyboard alone, a narrow window.
import { readFileSync } from 'node:fs';
import { fail } from './tap.mjs';

const source = readFileSync(new URL('../../npm/node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];

// What another theme may break in a page that is good in one.
export const COLOURS = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

// Violations of accessibility, in words; [] when there are none. rules: others than all.
export async function axe(page, rules = { type: 'tag', values: TAGS }) {
	if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(source);
	const found = await page.evaluate(
		// A frame shows what others have drawn.
		async runOnly => (await globalThis.axe.run({ runOnly, resultTypes: ['violations'], iframes: false })).violations,
		rules,
	);
	return found.map(v => {
		const where = v.nodes.slice(0, 4).map(n => `    ${n.target.join(' ')}: ${n.failureSummary.split('\n').slice(1, 3).join(' ').trim()}`);
		return [`${v.id} (${v.nodes.length}): ${v.help}`, ...where].join('\n');
	});
}

export async function accessible(page, rules) {
	const found = await axe(page, rules);
	if (found.length) fail(`${page.url()}: ${found.length} violations`, found);
}

export async function noSidewaysScroll(page) {
	const wide = await page.evaluate(() => {
		const room = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= room) return [];
		const out = [...document.querySelectorAll('body *')].filter(e => {
			const box = e.getBoundingClientRect();
			return box.width && box.right > room + 1 && !e.parentElement.closest('[style*=overflow]');
		});
		// The innermost ones tell most.
		const words = out.filter(e => !out.some(o => o !== e && e.contains(o))).slice(0, 5).map(e => e.outerHTML.slice(0, 120));
		return [`${document.documentElement.scrollWidth} wide in ${room}`, ...words];
	});
	if (wide.length) fail(`${page.url()} scrolls sideways:`, wide);
}

// What is open fits: nothing hangs out at the left, where no bar scrolls to, and dialogs do not scroll sideways. A drawing is
// larger than its window, and is moved about in it.
export async function nothingCutOff(page) {
	const cut = await page.evaluate(() => {
		const out = [...document.querySelectorAll('label, button, a, summary')].filter(e => {
			const box = e.getBoundingClientRect();
			return e.checkVisibility({ visibilityProperty: true }) && box.width && box.left < -1 && box.right > 0 && !e.closest('.graph-svg');
		});
		const wide = [...document.querySelectorAll('dialog[open]')].filter(e => e.scrollWidth > e.clientWidth);
		return [...wide, ...out].slice(0, 5).map(e => e.outerHTML.slice(0, 120));
	});
	if (cut.length) fail(`${page.url()} is cut off:`, cut);
}

// A busy machine may show a page before all of it has come: a little is let pass, bench-pages lets nothing pass.
export async function stays(visitor, most = 0.05) {
	const { shifts } = await visitor.seen();
	const total = shifts.reduce((sum, s) => sum + s.value, 0);
	if (total > most) fail(`The layout moved by ${total.toFixed(4)}:`, shifts.map(s => `${s.value.toFixed(4)} ${s.nodes.join(' | ')}`));
}

// ---- the keyboard ----

// Marks what can be interacted with, and remembers how it looks without the focus.
function mark() {
	const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]';
	// What is around it may show the focus instead: a label of a radio button, a field's frame.
	const look = e => {
		const of = [];
		for (let x = e, up = 0; x && up < 3; x = x.parentElement, up++) {
			const s = getComputedStyle(x);
			of.push(s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.borderColor, s.backgroundColor, s.textDecorationLine, s.opacity);
		}
		const next = e.nextElementSibling && getComputedStyle(e.nextElementSibling);
		return [...of, next?.outlineStyle, next?.boxShadow].join(' ');
	};
	const group = e => e.type === 'radio' && e.name && [...document.getElementsByName(e.name)].some(o => o.checked) && !e.checked;
	// A dialog lets the keyboard go to nothing else.
	const within = document.querySelector('dialog:modal') ?? document;
	const all = [...within.querySelectorAll(wanted)].filter(
		e => e.tabIndex >= 0 && !e.disabled && !e.closest('[inert]') && !group(e) &&
			e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length,
	);
	globalThis.__walk = { look, before: new Map(all.map(e => [e, look(e)])), left: new Set(all), been: new Set() };
	document.activeElement?.blur?.();
	return all.length;
}

// Judges the element that has the focus now: undefined when none has, {framed} within a frame, else {word, fresh, faint, hidden}.
function judge() {
	const { look, before, left, been } = globalThis.__walk;
	const e = document.activeElement;
	if (!e || e === document.body || e === document.documentElement) return undefined;
	if (e.localName === 'iframe') return { framed: true };
	const box = e.getBoundingClientRect();
	const at = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]].map(([x, y]) => [box.left + box.width * x, box.top + box.height * y]);
	const seen = at.some(([x, y]) => {
		const top = document.elementFromPoint(x, y);
		return top && (e.contains(top) || top.contains(e) || [...(e.labels ?? [])].some(l => l.contains(top)));
	});
	const fresh = !been.has(e);
	been.add(e);
	left.delete(e);
	const s = getComputedStyle(e);
	const outlined = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1;
	// Parts of one field (a date's) show themselves.
	return { word: e.outerHTML.slice(0, 140), fresh, faint: fresh && !outlined && before.get(e) === look(e), hidden: !seen };
}

// Tab through the whole page: everything is reached, the focus is seen, nothing holds it.
export async function keyboard(page) {
	const total = await page.evaluate(mark);
	const bad = [];
	let again = 0,
		framed = 0,
		rounds = 0;
	// Scripts may add what was not marked.
	for (let i = 0; i < total * 2 + 60; i++) {
		await page.keyboard.press('Tab');
		const at = await page.evaluate(judge);
		// The first round begins where the page has put the focus, if it has.
		if (!at && ++rounds === 2) break;
		if (!at) continue;
		// Within a frame that others fill nothing is judged but that the keyboard leaves it.
		if (at.framed) {
			i--;
			if (++framed < 400) continue;
			bad.push('A frame does not let the keyboard go');
			break;
		}
		if (at.faint) bad.push(`The focus is not seen on ${at.word}`);
		if (at.hidden) bad.push(`What has the focus is covered: ${at.word}`);
		// The parts of one field, or what scripts put in anew, look the same: some of that is no trap.
		again = at.fresh ? 0 : again + 1;
		if (again > 8) break;
	}
	const left = await page.evaluate(() => [...globalThis.__walk.left].filter(e => e.isConnected).map(e => e.outerHTML.slice(0, 140)));
	if (left.length) bad.push(`${left.length} of ${total} are not reached:`, ...left.slice(0, 8));
	if (bad.length) fail(`${page.url()} by keyboard:`, bad.slice(0, 12));
}
