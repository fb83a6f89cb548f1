// Every page of the portal, in one place: what tests and `make screenshots` open.
//
//	name	of the screenshot, and of the tests
//	path	what is opened
//	route	the pattern in handlers/routes.def; a page whose route is not there is left out
//	status	when it is not 200
//	large	no keyboard walk: the same elements by the hundred
//	staged	it shows what lib/stage.mjs brings
//	who	the name of somebody who signs in first
//	steps	what is done there then, see lib/steps.mjs
//	told	what the server says there before anybody opens it: what it has from others comes when it comes
//	ready	a selector of what scripts put there: nothing is judged before it is seen
//	phone	a phone shows another page than a desktop: the keyboard walks there
import { recorded } from './lib/clusters.mjs';
import { dryRun, fieldsTab, fillForm, keys, makeToken, menu, palette, peek, register, starLost, sure, task, unfold, wrongPassword } from './lib/steps.mjs';

const entity = '/catalog/:namespace/:kind/:name';
const definition = '/catalog/:namespace/api/:name/definition';
const docs = '/docs/:namespace/:kind/:name/*path';
const component = '/catalog/default/component';
const api = '/catalog/default/api';
const template = '/create/templates/:namespace/:name';
const form = '/create/templates/default/fields';
const plugin = '/:plugin/*rest';
const kube = `${entity}/kubernetes`;
const worker = 'cluster=prod-eu&ns=team-payments';
const framed = '[data-api-frame][data-ready]';

export const pages = [
	{ name: 'home', path: '/', route: '/' },
	{ name: 'home-signed-in', path: '/', route: '/', who: 'ana', staged: true },
	{ name: 'index', path: '/catalog', route: '/catalog' },
	{ name: 'index-groups', path: '/catalog?filters[kind]=group', route: '/catalog', large: true },
	{ name: 'index-users', path: '/catalog?filters[kind]=user', route: '/catalog', large: true },
	{ name: 'index-resources', path: '/catalog?filters[kind]=resource', route: '/catalog', large: true, staged: true },
	{ name: 'index-empty', path: '/catalog?filters[kind]=nothing-like-it', route: '/catalog' },
	{ name: 'index-filtered', path: '/catalog?filters[type]=service&filters[owners]=group:default/billing-team', route: '/catalog' },
	{ name: 'index-sheet', path: '/catalog#filters', route: '/catalog', phone: true },
	{ name: 'index-export', path: '/catalog', route: '/catalog', steps: menu.export },
	{ name: 'entity', path: `${component}/ledger`, route: entity },
	{ name: 'entity-menu', path: `${component}/ledger`, route: entity, steps: menu.entity },
	{ name: 'entity-peek', path: `${component}/ledger`, route: `${entity}/peek`, steps: peek },
	{ name: 'entity-star-lost', path: `${component}/ledger`, route: entity, steps: starLost },
	{ name: 'entity-problems', path: `${component}/turned-bad`, route: entity, staged: true },
	{ name: 'entity-orphan', path: `${component}/orphan`, route: entity, staged: true },
	{ name: 'entity-api', path: '/catalog/default/api/invoices', route: entity },
	{ name: 'entity-group', path: '/catalog/default/group/billing-team', route: entity },
	{ name: 'entity-user', path: '/catalog/default/user/ana', route: entity },
	{ name: 'entity-system', path: '/catalog/default/system/billing', route: entity },
	{ name: 'entity-location', path: '/catalog/default/location/tidewater', route: entity },
	{ name: 'entity-missing', path: `${component}/no-such-thing`, route: entity, status: 404 },
	{ name: 'entity-relations', path: `${component}/ugly-relations`, route: entity, large: true, staged: true },
	{ name: 'entity-words', path: `${component}/ugly-words`, route: entity, staged: true },
	{ name: 'entity-marks', path: `${component}/ugly-marks`, route: entity, staged: true },
	{ name: 'entity-right-to-left', path: `${component}/ugly-right-to-left`, route: entity, staged: true },
	{ name: 'entity-ideographs', path: `${component}/ugly-ideographs`, route: entity, staged: true },
	{ name: 'entity-long', path: longest(), route: entity, staged: true },
	{ name: 'entity-user-long', path: '/catalog/default/user/ugly-user', route: entity, staged: true },
	{ name: 'docs', path: '/docs', route: '/docs' },
	{ name: 'docs-empty', path: '/docs?text=nothing-like-it', route: '/docs' },
	{ name: 'docs-page', path: '/docs/default/component/ledger/', route: docs, ready: '.docs-article h1' },
	{ name: 'docs-guide', path: '/docs/default/component/ledger/guide/close-a-month/', route: docs, ready: '.docs-article h1' },
	{ name: 'docs-missing', path: '/docs/default/component/ledger/guide/close-month/', route: docs, status: 404 },
	{ name: 'docs-none', path: '/docs/default/component/invoice-service/', route: docs, status: 404 },
	{ name: 'entity-dependencies', path: `${component}/ledger/dependencies`, route: `${entity}/:tab` },
	{ name: 'entity-many-dependencies', path: `${component}/ugly-relations/dependencies`, route: `${entity}/:tab`, large: true, staged: true },
	{ name: 'entity-apis', path: `${component}/invoice-service/apis`, route: `${entity}/:tab` },
	{ name: 'entity-usage', path: '/catalog/default/api/invoices/usage', route: `${entity}/:tab` },
	{ name: 'entity-diagram', path: '/catalog/default/system/billing/diagram', route: `${entity}/:tab`, ready: '.graph.drawn' },
	{ name: 'entity-definition', path: `${api}/invoices/definition`, route: definition, ready: '.api-type' },
	{ name: 'entity-definition-openapi', path: `${api}/tracking/definition`, route: definition, ready: framed },
	{ name: 'entity-definition-asyncapi', path: `${api}/parcel-events/definition`, route: definition, ready: framed },
	{ name: 'entity-definition-grpc', path: `${api}/tours/definition`, route: definition, ready: '.hljs-keyword' },
	{ name: 'entity-definition-raw', path: `${api}/tracking/definition?view=raw`, route: definition, ready: '.hljs-attr' },
	{ name: 'entity-definition-long', path: `${api}/ugly-api-abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr/definition`, route: definition, ready: framed, staged: true },
	{ name: 'api-signed-in', path: '/oauth2-redirect.html', route: '/oauth2-redirect.html' },
	{ name: 'entity-inspect', path: `${component}/ledger/inspect`, route: `${entity}/inspect` },
	{ name: 'entity-inspect-long', path: `${longest()}/inspect`, route: `${entity}/inspect`, staged: true },
	{ name: 'entity-ancestry', path: `${component}/ledger/inspect/ancestry`, route: `${entity}/inspect/:tab` },
	{ name: 'entity-colocated', path: `${component}/ledger/inspect/colocated`, route: `${entity}/inspect/:tab` },
	{ name: 'entity-yaml', path: `${component}/ledger/inspect/yaml`, route: `${entity}/inspect/:tab` },
	{ name: 'entity-unregister', path: `${component}/ledger/unregister`, route: `${entity}/unregister` },
	{ name: 'entity-unregister-advanced', path: `${component}/ledger/unregister`, route: `${entity}/unregister`, steps: unfold(/^Advanced/) },
	{ name: 'entity-unregister-location', path: `${component}/returns-worker/unregister`, route: `${entity}/unregister`, staged: true },
	{ name: 'entity-unregister-orphan', path: `${component}/orphan/unregister`, route: `${entity}/unregister`, staged: true },
	{ name: 'create', path: '/create', route: '/create', staged: true },
	{ name: 'create-nothing', path: '/create?filters[tags]=nothing-like-it', route: '/create' },
	{ name: 'create-form', path: form, route: template, staged: true },
	{ name: 'create-form-errors', path: form, route: template, steps: fillForm.wrong, staged: true },
	{ name: 'create-form-details', path: form, route: template, steps: fillForm.details, staged: true, large: true },
	{ name: 'create-form-repository', path: form, route: template, steps: fillForm.repository, staged: true },
	{ name: 'create-form-lists', path: '/create/templates/default/every-field', route: template, steps: fillForm.lists, staged: true },
	{ name: 'create-review', path: form, route: template, steps: fillForm.review, staged: true },
	{ name: 'graph-start', path: '/catalog-graph', route: '/catalog-graph' },
	{ name: 'graph', path: '/catalog-graph?rootEntityRefs[]=component:default/ledger', route: '/catalog-graph', ready: '.graph.drawn' },
	{ name: 'graph-kinds', path: '/catalog-graph?rootEntityRefs[]=component:default/ledger', route: '/catalog-graph', steps: menu.kinds, ready: '.graph.drawn' },
	{ name: 'graph-missing', path: '/catalog-graph?rootEntityRefs[]=component:default/no-such-thing', route: '/catalog-graph', ready: '.graph.drawn' },
	{ name: 'graph-large', path: '/catalog-graph?rootEntityRefs[]=component:default/ugly-relations', route: '/catalog-graph', large: true, staged: true, ready: '.graph.drawn' },
	{ name: 'import', path: '/catalog-import', route: '/catalog-import' },
	{ name: 'import-refused', path: '/catalog-import', route: '/catalog-import', steps: register.refused, staged: true },
	{ name: 'import-choose', path: '/catalog-import', route: '/catalog-import', steps: register.choose, staged: true },
	{ name: 'import-prepare', path: '/catalog-import', route: '/catalog-import', steps: register.prepare, staged: true },
	{ name: 'import-answer-missing', path: '/catalog-import', route: '/catalog-import', steps: register.answerMissing, staged: true },
	{ name: 'import-file', path: '/catalog-import', route: '/catalog-import', steps: register.file, staged: true },
	{ name: 'import-review', path: '/catalog-import', route: '/catalog-import', steps: register.review, staged: true },
	{ name: 'import-faults', path: '/catalog-import', route: '/catalog-import', steps: register.faults, staged: true },
	{ name: 'import-finish', path: '/catalog-import', route: '/catalog-import', steps: register.finish, staged: true },
	{ name: 'create-actions', path: '/create/actions', route: '/create/actions', large: true },
	{ name: 'create-action', path: '/create/actions?q=fetch:template:file', route: '/create/actions', ready: '.action' },
	{ name: 'create-actions-none', path: '/create/actions?q=nothing-like-it', route: '/create/actions' },
	{ name: 'create-extensions', path: '/create/templating-extensions', route: '/create/templating-extensions', ready: '.action' },
	{ name: 'create-tasks', path: '/create/tasks?whose=all', route: '/create/tasks', staged: true },
	{ name: 'create-tasks-none', path: '/create/tasks?status=cancelled&owner=nobody', route: '/create/tasks' },
	{ name: 'create-task', path: '/create/tasks?whose=all&status=completed', route: '/create/tasks/:id', steps: task.open, staged: true },
	{ name: 'create-task-failed', path: '/create/tasks?whose=all&status=failed', route: '/create/tasks/:id', steps: task.again, staged: true },
	{ name: 'create-task-on', path: '/create/tasks?whose=all&status=processing', route: '/create/tasks/:id', steps: task.open, staged: true },
	{ name: 'create-task-cancel', path: '/create/tasks?whose=all&status=processing', route: '/create/tasks/:id', steps: task.cancel, staged: true },
	{ name: 'create-task-files', path: '/create/tasks?whose=all&status=processing', route: '/create/tasks/:id/files', steps: task.files, staged: true },
	{ name: 'create-edit', path: '/create/edit', route: '/create/edit' },
	...(recorded ? [
		{ name: 'kubernetes-sick', path: `${component}/payments-worker/kubernetes`, route: kube, staged: true, told: 'data-again="10000"', ready: '.finding + .finding' },
		{ name: 'kubernetes-clusters', path: `${component}/payments-api/kubernetes`, route: kube, staged: true, told: 'data-again="10000"', ready: '.pods meter' },
		{ name: 'kubernetes-system', path: '/catalog/default/system/shop/kubernetes', route: kube, staged: true, told: 'data-again="10000"', large: true, ready: '.finding + .finding' },
		{ name: 'kubernetes-entity', path: `${component}/payments-worker`, route: entity, staged: true, ready: '[data-later] .list' },
		{ name: 'kubernetes-object', path: `${component}/payments-worker/kubernetes/object?${worker}&object=Pod/payments-worker-w5ct79xsvq-mc74l`, route: `${kube}/object`, staged: true },
		{ name: 'kubernetes-deployment', path: `${component}/payments-worker/kubernetes/object?${worker}&object=Deployment/payments-worker`, route: `${kube}/object`, staged: true },
		{ name: 'kubernetes-gone', path: `${component}/payments-worker/kubernetes/object?${worker}&object=Pod/gone`, route: `${kube}/object`, staged: true, status: 404 },
		{ name: 'kubernetes-log', path: `${component}/payments-worker/kubernetes/log?${worker}&pod=payments-worker-w5ct79xsvq-mc74l`, route: `${kube}/log`, staged: true },
		{ name: 'kubernetes-fleet', path: '/kubernetes', route: '/kubernetes', staged: true, told: 'data-again="10000"', large: true },
	] : []),
	{ name: 'create-edit-sample', path: '/create/edit?sample=1', route: '/create/edit', ready: '#verdict .ok' },
	{ name: 'create-edit-run', path: '/create/edit?sample=1', route: '/create/edit', steps: dryRun },
	{ name: 'create-edit-fields', path: '/create/edit?sample=1', route: '/create/edit', steps: fieldsTab },
	{ name: 'login', path: '/login', route: '/login' },
	{ name: 'login-wrong', path: '/login', route: '/login', steps: wrongPassword, staged: true },
	{ name: 'login-refused', path: '/api/auth/oidc/handler/frame', route: '/api/auth/:provider/handler/frame', status: 401, staged: true },
	{ name: 'settings', path: '/settings', route: '/settings' },
	{ name: 'sessions', path: '/settings/sessions', route: '/settings/sessions', who: 'ana', staged: true },
	{ name: 'tokens', path: '/settings/tokens', route: '/settings/tokens', who: 'ana', staged: true },
	{ name: 'token-made', path: '/settings/tokens', route: '/settings/tokens', who: 'ana', steps: makeToken, staged: true },
	{ name: 'api-docs', path: '/api-docs', route: '/api-docs', large: true },
	{ name: 'search', path: '/search?query=invoice', route: '/search' },
	{ name: 'search-empty', path: '/search', route: '/search' },
	{ name: 'search-filtered', path: '/search?query=a&filters[kind][]=Component&filters[kind][]=API', route: '/search' },
	{ name: 'search-errors', path: '/search?query=invioce', route: '/search' },
	{ name: 'search-nothing', path: '/search?query=nothing-like-it', route: '/search' },
	{ name: 'palette', path: '/catalog', route: '/palette', large: true, steps: palette },
	{ name: 'keys', path: '/catalog', route: '/catalog', steps: keys },
	{ name: 'menu', path: '/settings', route: '/settings', steps: menu.user },
	{ name: 'menu-signed-in', path: '/settings', route: '/settings', who: 'ana', steps: menu.user, staged: true },
	{ name: 'plugins', path: '/plugins', route: '/plugins', staged: true },
	{ name: 'plugin', path: '/plugins/hello', route: '/plugins/:name', staged: true },
	{ name: 'plugin-off', path: '/plugins/bomb', route: '/plugins/:name', staged: true },
	{ name: 'plugin-page', path: '/hello', route: plugin, staged: true },
	{ name: 'plugin-form', path: '/hello/form', route: plugin, staged: true },
	{ name: 'plugin-tab', path: `${component}/ledger/plugins/hello/more`, route: `${entity}/plugins/:plugin/:id`, staged: true },
	{ name: 'plugin-card', path: `${component}/ledger/cards/scorecards/scores`, route: `${entity}/cards/:plugin/:id`, staged: true },
	{ name: 'plugin-widget', path: '/widgets/announcements/latest', route: '/widgets/:plugin/:id', staged: true },
	{ name: 'announcements', path: '/announcements', route: plugin, staged: true },
	{ name: 'announcements-new', path: '/announcements/new', route: plugin, staged: true },
	{ name: 'scorecards', path: '/scorecards', route: plugin, staged: true },
	{ name: 'scorecard', path: '/scorecards/basics', route: plugin, staged: true },
	{ name: 'scorecard-entity', path: '/scorecards/basics/entity?ref=component:default/ledger', route: plugin, staged: true },
	{ name: 'tech-radar', path: '/tech-radar', route: plugin, staged: true },
	{ name: 'admin', path: '/admin', route: '/admin' },
	{ name: 'admin-errors', path: '/admin/errors', route: '/admin/errors' },
	{ name: 'admin-orphans', path: '/admin/orphans', route: '/admin/orphans' },
	{ name: 'admin-jobs', path: '/admin/jobs', route: '/admin/jobs' },
	{ name: 'admin-locations', path: '/admin/locations', route: '/admin/locations' },
	{ name: 'admin-unregister', path: '/admin/locations', route: '/admin/locations', steps: sure, staged: true },
	{ name: 'admin-audit', path: '/admin/audit', route: '/admin/audit' },
	{ name: 'admin-audit-details', path: '/admin/audit', route: '/admin/audit', steps: unfold('Show'), staged: true },
	{ name: 'design', path: '/design', route: '/design' },
	{ name: 'not-found', path: '/no-such-page', route: '/catalog', status: 404 },
];

// Routes of pages that are not judged, and why.
export const apart = {
	'/catalog/choices': 'a part of the index',
	'/search/in/:namespace/:kind/:name': 'a part of the reader of documentation',
	'/catalog/export.csv': 'a file',
	'/catalog/export.json': 'a file',
	'/catalog/:namespace/api/:name/definition/raw': 'a text',
	'/catalog-graph/data': 'data of the drawing',
	'/api-docs/render/:renderer': 'a frame that others draw in; the page around it is judged',
	'/api/auth/:provider/start': 'leads to the provider',
	'/plugins/:plugin/static/*path': 'a file',
	'/docs-events/:namespace/:kind/:name': 'events',
	'/search/in/:namespace/:kind/:name': 'a part of a page of documentation',
	'/create/entities': 'what pickers look up',
	'/create/tags': 'what pickers look up',
	'/create/repositories': 'what pickers look up',
	'/create/edit/files': 'data of the editor',
	[`${kube}/card`]: 'a part of the overview',
	[`${kube}/log/text`]: 'a text',
	...(recorded ? {} : Object.fromEntries([kube, `${kube}/object`, `${kube}/log`, '/kubernetes'].map(path => [path, 'the recorded answers of API servers are not there']))),
	'/create/tasks/:id/log': 'a text',
	'/create/tasks/:id/events': 'events',
	'/home': 'leads to /',
	'/settings/auth-providers': 'leads to /settings/sessions',
	'/settings/feature-flags': 'leads to /settings',
	'/devtools': 'leads to /admin',
	'/devtools/info': 'leads to /admin',
	'/devtools/scheduled-tasks': 'leads to /admin/jobs',
	'/devtools/unprocessed-entities': 'leads to /admin/errors',
};

// Name and namespace as long as they may be: see tests/fixtures/ugly.yaml.
function longest() {
	const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(3);
	const namespace = `ugly-namespace-${alphabet}`.slice(0, 63);
	return `/catalog/${namespace}/component/${`uglyunbroken${alphabet}`.slice(0, 61).padEnd(63, 'x')}`;
}
