// A page about Kubernetes while it is looked at: what has changed comes into it by itself. What somebody has opened stays open,
// what has the focus keeps it, and nothing scrolls: elements stay the same ones, only what differs is written into them. What is
// new comes below what is there; where it would push away what somebody reads, it waits for them.

const QUICK = 1000, SLOW = 10000, PATIENCE = 20;
let soon = 0; // quick looks in a row: a cluster that hangs is not asked for each second for ever

const key = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.dataset.key ?? node.id : '');
const fits = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && key(a) === key(b);

function attributes(from, to) {
	for (const { name, value } of to.attributes) {
		// Whether it is open is the reader's choice.
		if (name === 'open' && from.nodeName === 'DETAILS') continue;
		if (from.getAttribute(name) !== value) from.setAttribute(name, value);
	}
	for (const { name } of [...from.attributes])
		if (!to.hasAttribute(name) && !(name === 'open' && from.nodeName === 'DETAILS')) from.removeAttribute(name);
}

function morph(from, to) {
	if (from.isEqualNode(to)) return;
	if (from.nodeType !== Node.ELEMENT_NODE) {
		if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
		return;
	}
	if (holds(from, to)) return;
	attributes(from, to);
	if (to.hasAttribute('data-grows')) newLast(from, to);
	const known = new Map([...from.children].filter(key).map((child) => [key(child), child]));
	let at = from.firstChild;
	for (const next of [...to.childNodes]) {
		const named = key(next) && known.get(key(next));
		const same = named && named.nodeName === next.nodeName ? named : at && !key(at) && fits(at, next) ? at : null;
		if (!same) {
			from.insertBefore(document.importNode(next, true), at);
			continue;
		}
		// Moving an element takes its focus: what stands before it goes instead.
		while (at !== same && at && !wanted(at, to)) { const gone = at; at = at.nextSibling; gone.remove(); }
		if (at !== same) from.insertBefore(same, at);
		else at = at.nextSibling;
		morph(same, next);
	}
	while (at) { const gone = at; at = at.nextSibling; gone.remove(); }
}

// Clusters that answer later come after those that are there, whatever their order is in a page that is loaded anew.
function newLast(from, to) {
	const place = new Map([...from.children].map((child, i) => [key(child), i]));
	const rank = (child) => place.get(key(child)) ?? place.size;
	if (!from.querySelector(':scope > .cluster')) return;
	[...to.children].filter(key).sort((a, b) => rank(a) - rank(b)).forEach((child) => to.append(child));
}

// ---- what waits ----

// Sections that would grow or shrink (data-holds) above something else, while they are looked at, wait for a click.
const news = document.getElementById('news');
let shown = false; // somebody has asked for what is new
const rows = (section) => [...section.querySelectorAll('.finding, tbody tr')].map((row) => key(row) || row.querySelector('th')?.textContent).join('\n');
function holds(from, to) {
	if (shown || !news || !from.hasAttribute('data-holds') || !rows(from) || rows(from) === rows(to)) return false;
	const { top, bottom } = from.getBoundingClientRect();
	if (bottom < 0 || top > innerHeight) return false;
	held = true;
	return true;
}
let held = false;
news?.querySelector('button').addEventListener('click', () => {
	shown = true;
	clearTimeout(timer);
	turn().finally(() => { shown = false; });
});

const wanted = (node, to) => key(node) && [...to.children].some((child) => key(child) === key(node));

const parts = ['kube', 'clusters', 'found'];
async function look() {
	const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, cache: 'no-store' });
	if (!answer.ok) throw new Error(`${answer.status}`);
	const there = new DOMParser().parseFromString(await answer.text(), 'text/html');
	held = false;
	for (const id of parts) {
		const from = document.getElementById(id), to = there.getElementById(id);
		if (from && to) morph(from, to);
	}
	if (news) news.hidden = !held;
}

function wait() {
	const again = Number((document.getElementById('kube') ?? document.getElementById('clusters'))?.dataset.again ?? SLOW);
	soon = again < SLOW ? soon + 1 : 0;
	return soon > PATIENCE ? SLOW : Math.max(again, QUICK);
}

let timer;
function later() {
	clearTimeout(timer);
	timer = setTimeout(turn, wait());
}
async function turn() {
	// Nobody looks: nothing is asked. It is when they come back.
	if (!document.hidden) await look().catch(() => {});
	later();
}
document.addEventListener('visibilitychange', () => { if (!document.hidden) { clearTimeout(timer); turn(); } });
later();

for (const field of document.querySelectorAll('[data-submits]')) field.addEventListener('change', () => field.form.requestSubmit());
