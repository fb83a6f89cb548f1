// What scripts add to the reader of documentation beside docs.js: the live log of a build, news of a newer version.

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

// What is too wide for its place is moved by the keyboard, too.
for (const wide of all('.docs-article pre')) if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;

document.querySelector('.docs-nav a[aria-current]')?.scrollIntoView({ block: 'nearest' });
