// The page of an API's definition: the frame that shows it, the explorer, colours of the text, and the buttons.
//
// With a frame is spoken in messages {api: word, ...}. It says: ready, shown, oauth {state} (it waits for an answer with that
// state). It is told: show {text, dark, redirect}, operation {method, path}, oauth {params}, theme {dark}.

const highlighter = '/static/vendor/highlight-11.12.0';
const colouredMost = 60000; // characters that are coloured without making anybody wait

const scheme = matchMedia('(prefers-color-scheme: dark)');
const isDark = () => (document.documentElement.dataset.theme || (scheme.matches ? 'dark' : 'light')) === 'dark';

async function textOf(url) {
	const answer = await fetch(url, { credentials: 'same-origin' });

	if (!answer.ok)
		throw new Error(`${url}: ${answer.status}`);
	return answer.text();
}

// ---- the frame ----

function failed(box, text) {
	const p = document.createElement('p');

	p.className = 'api-failed muted';
	p.role = 'status';
	p.textContent = text;
	box.replaceChildren(p);
}

function addFrame(box) {
	const frame = document.createElement('iframe');
	let state = null;
	const tell = (message) => frame.contentWindow?.postMessage(message, '*');
	const hear = {
		async ready() {
			try {
				tell({ api: 'show', text: await textOf(box.dataset.apiRaw), dark: isDark(), redirect: `${location.origin}/oauth2-redirect.html` });
			} catch (error) {
				console.error(error);
				failed(box, 'The definition could not be fetched. Reload the page to try again.');
			}
		},
		shown() {
			box.dataset.ready = '';
		},
		oauth(message) {
			state = message.state;
		},
	};

	// No origin: its scripts reach neither this page nor its cookies.
	frame.setAttribute('sandbox', 'allow-scripts allow-forms allow-downloads allow-popups allow-popups-to-escape-sandbox');
	frame.title = box.dataset.apiTitle;
	window.addEventListener('message', (event) => {
		if (event.source === frame.contentWindow && Object.hasOwn(hear, event.data?.api))
			hear[event.data.api](event.data);
	});
	new BroadcastChannel('callboard-oauth').addEventListener('message', ({ data }) => {
		if (!state || data?.state !== state)
			return;
		state = null;
		tell({ api: 'oauth', params: data });
	});
	const theme = () => tell({ api: 'theme', dark: isDark() });

	scheme.addEventListener('change', theme);
	new MutationObserver(theme).observe(document.documentElement, { attributeFilter: ['data-theme'] });
	frame.src = box.dataset.apiFrame;
	box.append(frame);
	return tell;
}

// Paths of the outline become buttons that open the operation in the frame.
function linkOutline(tell, box) {
	for (const row of document.querySelectorAll('.api-outline tr[data-method]')) {
		const path = row.querySelector('.api-path'), b = document.createElement('button');

		b.type = 'button';
		b.className = 'link';
		path.replaceWith(b);
		b.append(path);
		b.addEventListener('click', () => {
			tell({ api: 'operation', method: row.dataset.method, path: row.dataset.path });
			box.scrollIntoView({ block: 'nearest' });
		});
	}
}

// ---- text ----

async function colour(code) {
	const language = code.dataset.language;

	if (!language || code.textContent.length > colouredMost)
		return;
	const [{ default: hljs }, { default: grammar }] = await Promise.all([
		import(`${highlighter}/core.min.js`),
		import(`${highlighter}/languages/${language}.min.js`),
	]);

	hljs.registerLanguage(language, grammar);
	// It escapes what it is given and adds elements with classes only.
	code.innerHTML = hljs.highlight(code.textContent, { language, ignoreIllegals: true }).value;
}

async function explore(box) {
	const text = document.querySelector('[data-api-text]');

	try {
		const { explorer } = await import('./api-graphql.js');

		box.append(explorer(text.querySelector('code').textContent));
		box.hidden = false;
		text.hidden = true;
	} catch (error) {
		// Not the language it is said to be: its text stays.
		console.warn(error);
	}
	box.dataset.ready = '';
}

// ---- buttons ----

async function copy(button) {
	const face = button.querySelector('span'), label = face.textContent;

	try {
		await navigator.clipboard.writeText(await textOf(button.dataset.apiCopy));
		face.textContent = 'Copied';
	} catch {
		face.textContent = 'Not allowed';
	}
	setTimeout(() => (face.textContent = label), 2000);
}

document.addEventListener('click', (event) => {
	const copies = event.target.closest('[data-api-copy]'), view = document.querySelector('[data-api-view]');

	if (copies)
		copy(copies);
	else if (event.target.closest('[data-api-full]'))
		document.fullscreenElement ? document.exitFullscreen() : view.requestFullscreen();
});

const seen = new IntersectionObserver((entries) => {
	for (const { target, isIntersecting } of entries) {
		if (!isIntersecting)
			continue;
		seen.unobserve(target);
		linkOutline(addFrame(target), target);
	}
});

for (const box of document.querySelectorAll('[data-api-frame]'))
	seen.observe(box);
for (const box of document.querySelectorAll('[data-api-explore]'))
	explore(box);
for (const code of document.querySelectorAll('[data-api-text] code'))
	colour(code).catch((error) => console.warn(error));
