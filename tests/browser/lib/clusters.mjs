// Clusters of Kubernetes that answer as recorded ones did (tests/fixtures/kube.mjs), and entities that run in them.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOP } from './stack.mjs';
import { eventually } from './tap.mjs';

const CORPUS = join(TOP, '../shared/corpus/k8s');
// The recordings are not part of the repository: without them nothing can be shown.
export const recorded = existsSync(join(CORPUS, 'recorded'));

const PARTS = ['payments-api', 'payments-worker', 'checkout-ui', 'card-tokenizer', 'fraud-detector', 'refunds-api', 'search-api', 'storefront'];
const part = name => `---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: ${name}, description: A part of the shop, annotations: {backstage.io/kubernetes-id: ${name}}}
spec: {type: service, lifecycle: production, owner: ${name.startsWith('search') ? 'platform-team' : 'billing-team'}, system: shop}
`;
const CLUSTER = `---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: prod-eu, description: Where the shop runs}
spec: {type: kubernetes-cluster, owner: platform-team}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: prod-africa, annotations: {kubernetes.io/api-server: "https://10.0.0.1", kubernetes.io/auth-provider: oidc}}
spec: {type: kubernetes-cluster, owner: platform-team}
`;
const ENTITIES = `apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: shop, description: What customers buy in}
spec: {owner: billing-team}
${PARTS.map(part).join('')}${CLUSTER}`;

/*
 * Starts them. Returns {config, file, mode(server, mode), seen(server)}: config is the section `kubernetes`, file has the entities.
 */
export async function clusters(stack, names = { 'prod-eu': 'Production, Europe', modern: 'Production, America', 'staging-eu': 'Staging', badcert: 'Laboratory' }) {
	const folder = join(stack.work, 'kube');
	mkdirSync(folder);
	const servers = spawn(process.execPath, [join(TOP, 'tests/fixtures/kube.mjs'), folder, CORPUS], { stdio: ['ignore', 'ignore', 'inherit'] });
	stack.also(() => servers.kill());
	await eventually('the API servers listen', () => existsSync(join(folder, 'servers.json')), 60);
	const { control, servers: ports } = JSON.parse(readFileSync(join(folder, 'servers.json'), 'utf8'));
	const tell = async (path, body) => (await fetch(`http://127.0.0.1:${control}${path}`, { method: 'POST', body: body && JSON.stringify(body) })).json();
	const file = join(folder, 'entities.yaml');
	writeFileSync(file, ENTITIES);
	const list = Object.entries(names).map(([name, title]) => `
        - name: ${name}
          title: "${title}"
          url: https://127.0.0.1:${ports[name]}
          authProvider: serviceAccount
          serviceAccountToken: token-of-${name}
          caFile: ${join(folder, 'ca.pem')}
          dashboardUrl: https://dashboard.example.com/`);
	const config = `
kubernetes:
  frontend: {podDelete: {enabled: true}, podExec: {enabled: true}, restart: {enabled: true}}
  refreshInterval: {seconds: 1}
  customResources: [{group: platform.example.com, apiVersion: v1, plural: messagequeues}, {group: argoproj.io, apiVersion: v1alpha1, plural: rollouts}]
  clusterLocatorMethods:
    - type: config
      clusters:${list.join('')}
`;
	return { config, file, mode: (server, mode) => tell('/mode', { server, mode }), seen: async server => (await tell('/stats'))[server] };
}
