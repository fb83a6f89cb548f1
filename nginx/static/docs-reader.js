// What scripts add to the reader of documentation: the live log of a build, news of a newer version, and where one is on the page.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// ---- a build that is on ----

function addLine(log, line) {
	const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
	log.append(`${line}\n`);
	if (atEnd) log.scrollTop = log.scrollHeight;
}

function tellOfNews(box) {
	const again = document.createElement('a');
	again.href = location.href;
	again.textContent = 'Show it';
	again.addEventListener('click', e => { e.preventDefault(); location.reload(); });
	box.lastElementChild.replaceChildren('There is a newer version. ', again);
	box.classList.replace('info', 'ok');
}

function follow(box) {
	const source = new EventSource(box.dataset.docsEvents);
	const log = box.querySelector('[data-docs-log]');
	const first = 'docsFirst' in box.dataset;
	let begun = false;
	source.addEventListener('log', e => {
		if (!log) return;
		// What the page had of the log is told again from its beginning.
		if (!begun) log.replaceChildren();
		begun = true;
		addLine(log, JSON.parse(e.data));
	});
	source.addEventListener('finish', e => {
		source.close();
		if (first) location.reload();
		else if (JSON.parse(e.data).updated) tellOfNews(box);
		else box.remove();
	});
	source.addEventListener('error', e => {
		// Without data it is the connection's, which comes back by itself.
		if (e.data === undefined) return;
		source.close();
		location.reload();
	});
	addEventListener('pagehide', () => source.close());
}

for (const box of all('[data-docs-events]')) follow(box);

// ---- where one is ----

const links = new Map(all('.docs-toc a[href^="#"]').map(a => [decodeURIComponent(a.hash.slice(1)), a]));
const seen = new Set();

function markCurrent() {
	const ids = [...links.keys()];
	const current = ids.find(id => seen.has(id));
	if (!current) return;
	for (const [id, a] of links) {
		if (id === current) a.setAttribute('aria-current', 'true');
		else a.removeAttribute('aria-current');
	}
}

const watch = new IntersectionObserver(entries => {
	for (const e of entries) seen[e.isIntersecting ? 'add' : 'delete'](e.target.id);
	markCurrent();
}, { rootMargin: '-56px 0px -60% 0px' });
for (const id of links.keys()) {
	const heading = document.getElementById(id);
	if (heading) watch.observe(heading);
}

// On a phone the list of pages would stand before the page.
if (matchMedia('(max-width: 799px)').matches) for (const d of all('[data-docs-nav], .docs-toc > details')) d.open = false;
document.querySelector('.docs-nav a[aria-current]')?.scrollIntoView({ block: 'nearest' });
