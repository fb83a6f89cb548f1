// Colours code, when it comes into sight: <code data-language="yaml">, or data-path="its/file.go". Narrows lists while one types.

const script = '/static/vendor/highlight-11.12.0/highlight.min.js';
let loading;

// The highlighter, fetched once it is needed; undefined when it cannot be had: then all stays as plain as it is.
function highlighter() {
	loading ??= new Promise((done) => {
		const it = document.createElement('script');
		it.src = script;
		it.addEventListener('load', () => done(window.hljs));
		it.addEventListener('error', () => done(undefined));
		document.head.append(it);
	});
	return loading;
}

const endings = {
	yml: 'yaml', md: 'markdown', js: 'javascript', mjs: 'javascript', ts: 'typescript', tsx: 'typescript', py: 'python', rb: 'ruby', rs: 'rust',
	sh: 'bash', h: 'c', htm: 'xml', html: 'xml', kt: 'kotlin', gradle: 'kotlin', cs: 'csharp', toml: 'ini', cfg: 'ini', dockerfile: 'bash', makefile: 'makefile', svg: 'xml',
};
// What a file is written in, by its name.
export function languageOf(path) {
	const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
	const ending = name.slice(name.lastIndexOf('.') + 1);
	return endings[ending] ?? ending;
}

const LONGEST = 200_000;

export async function colour(code, language = code.dataset.language) {
	const text = code.textContent;
	if (text.length > LONGEST) return;
	const hljs = await highlighter();
	if (!hljs?.getLanguage(language) || code.textContent !== text) return;
	code.innerHTML = hljs.highlight(text, { language, ignoreIllegals: true }).value; // escaped by highlight.js
}

const seen = new IntersectionObserver((entries) => {
	for (const e of entries) if (e.isIntersecting) { seen.unobserve(e.target); colour(e.target, e.target.dataset.language ?? languageOf(e.target.dataset.path)); }
}, { rootMargin: '300px' });
for (const code of document.querySelectorAll('code[data-language], code[data-path]')) seen.observe(code);

// ---- a list that is on the page is narrowed without asking for it again ----

function narrow(form) {
	const box = document.querySelector(form.dataset.narrow), field = form.querySelector('input[type="search"]');
	if (!box) return;
	const cards = [...box.querySelectorAll('section[id]')].map((card) => ({ card, link: box.querySelector(`a[href="#${CSS.escape(card.id)}"]`)?.parentElement, text: card.textContent.toLowerCase() }));
	const said = document.querySelector('#said');
	const apply = () => {
		const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
		let n = 0;
		for (const { card, link, text } of cards) {
			const fits = words.every((w) => text.includes(w));
			card.hidden = !fits;
			if (link) link.hidden = !fits;
			n += fits;
		}
		said.textContent = `${n} of ${cards.length}`;
		const here = new URL(location.href);
		if (field.value) here.searchParams.set('q', field.value);
		else here.searchParams.delete('q');
		history.replaceState(history.state, '', here);
	};
	// What the server has left out already cannot be shown again without it.
	if (!new URLSearchParams(location.search).get('q')) field.addEventListener('input', apply);
	else form.querySelector('.by-hand')?.classList.remove('by-hand');
}
for (const form of document.querySelectorAll('form[data-narrow]')) narrow(form);
