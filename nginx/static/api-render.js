// Within the sandboxed frame: shows the definition that the page around it hands over. See api-definition.js for what is said.
'use strict';

(() => {
	const root = document.getElementById('api');
	const tell = (message) => parent.postMessage(message, '*');
	let swagger;

	function openapi({ text, redirect }) {
		swagger = window.SwaggerUIBundle({
			domNode: root,
			spec: {},
			presets: [window.SwaggerUIBundle.presets.apis],
			layout: 'BaseLayout',
			filter: true,
			docExpansion: 'list',
			defaultModelsExpandDepth: 0,
			displayRequestDuration: true,
			oauth2RedirectUrl: redirect,
			validatorUrl: null,
			onComplete: () => tell({ api: 'shown' }),
		});
		swagger.specActions.updateUrl('');
		swagger.specActions.updateSpec(text);
	}

	function asyncapi({ text }) {
		window.AsyncApiStandalone.render({ schema: text, config: { show: { sidebar: false, errors: true } } }, root);
		tell({ api: 'shown' });
	}

	// Opens an operation and brings it into sight.
	function show({ method, path }) {
		const of = [...document.querySelectorAll(`.opblock-${method}`)];
		const block = of.find((b) => b.querySelector('[data-path]')?.dataset.path === path);

		if (!block)
			return;
		if (!block.classList.contains('is-open'))
			block.querySelector('.opblock-summary-control')?.click();
		block.scrollIntoView({ block: 'start' });
	}

	// What a sign-in server answered, as Swagger UI's own redirect page would take it.
	function signedIn({ params }) {
		const waiting = window.swaggerUIRedirectOauth2;

		if (!waiting || params.state !== waiting.state)
			return;
		const { auth, redirectUrl } = waiting, flow = auth.schema.get('flow');

		if (['accessCode', 'authorizationCode', 'authorization_code'].includes(flow) && !auth.code) {
			if (!params.code) {
				const message = params.error ? `${params.error}: ${params.error_description ?? ''}` : 'no code came back';

				waiting.errCb({ authId: auth.name, source: 'auth', level: 'error', message });
				return;
			}
			auth.code = params.code;
			delete waiting.state;
			waiting.callback({ auth, redirectUrl });
		} else {
			waiting.callback({ auth, token: params, isValid: true, redirectUrl });
		}
	}

	const hear = {
		show: document.body.dataset.renderer === 'openapi' ? openapi : asyncapi,
		operation: show,
		oauth: signedIn,
		theme: () => {},
	};

	window.addEventListener('message', (event) => {
		if (event.source !== parent || !Object.hasOwn(hear, event.data?.api))
			return;
		if ('dark' in event.data)
			document.documentElement.classList.toggle('dark-mode', event.data.dark);
		hear[event.data.api](event.data);
	});

	// The page must know which answer is for us before it passes one on.
	const open = window.open;

	window.open = (...args) => {
		if (window.swaggerUIRedirectOauth2)
			tell({ api: 'oauth', state: window.swaggerUIRedirectOauth2.state });
		return open.apply(window, args);
	};
	tell({ api: 'ready' });
})();
