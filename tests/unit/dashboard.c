/* Where dashboards show objects: an address for each app, never one that does something else. */
#include "kubernetes/dashboard.h"

#include "tests/unit/recorded.h"
#include "tests/unit/tap.h"

static struct arena mem;

static const char *url(const char *cluster, const char *kind, const char *ns, const char *name)
{
	struct dashboard_object o = { kind, ns, name, NULL };

	return dashboard_url(&mem, recorded_json(&mem, str_of(cluster)), &o);
}

#define AT(url, app) "{\"dashboardUrl\":\"" url "\",\"dashboardApp\":\"" app "\"}"
#define GKE                                                                                                                    \
	"{\"dashboardApp\":\"gke\",\"dashboardParameters\":{\"projectId\":\"p 1\",\"region\":\"eu\",\"clusterName\":\"c1\"}}"
#define AKS                                                                                                                    \
	"{\"dashboardApp\":\"aks\",\"dashboardParameters\":{\"subscriptionId\":\"s\",\"resourceGroup\":\"g\","                 \
	"\"clusterName\":\"c\"}}"
#define EKS "{\"dashboardApp\":\"eks\",\"dashboardParameters\":{\"region\":\"eu-west-1\",\"clusterName\":\"c&d\"}}"
#define HEADLAMP(url)                                                                                                          \
	"{\"dashboardUrl\":\"" url "\",\"dashboardApp\":\"headlamp\",\"dashboardParameters\":{\"clusterName\":\"main\"}}"

static void addresses(void)
{
	static const struct {
		const char *cluster, *kind, *ns, *name, *want;
	} cases[] = {
		{ AT("https://d.example/x?a=1", "standard"), "Deployment", "shop", "api",
		  "https://d.example/x/?a=1#/deployment/shop/api?namespace=shop" },
		{ "{\"dashboardUrl\":\"https://d.example/\"}", "StatefulSet", "shop", "db",
		  "https://d.example/#/statefulset/shop/db?namespace=shop" },
		{ AT("https://d.example", "standard"), "Widget", "shop", "w", "https://d.example/#/workloads?namespace=shop" },
		{ AT("https://d.example", "standard"), NULL, NULL, NULL, "https://d.example/" },
		{ AT("https://d.example/c/1", "openshift"), "Pod", "shop", "a-1",
		  "https://d.example/c/1/k8s/ns/shop/pods/a-1" },
		{ AT("https://d.example/c/1/", "openshift"), "Widget", "shop", "w",
		  "https://d.example/c/1/k8s/cluster/projects/shop" },
		{ AT("https://d.example/c/1", "rancher"), "Ingress", "shop", "web",
		  "https://d.example/c/1/explorer/networking.k8s.io.ingress/shop/web" },
		{ AT("https://d.example/c/1", "rancher"), "Widget", "shop", "w", "https://d.example/c/1/explorer/workload" },
		{ HEADLAMP("https://h.example"), "CronJob", "shop", "nightly",
		  "https://h.example?to=%2Fc%2Fmain%2Fcronjobs%2Fshop%2Fnightly" },
		{ HEADLAMP("https://h.example/h?x=1"), NULL, NULL, NULL, "https://h.example/h?x=1&to=%2Fc%2Fmain" },
		{ GKE, "Pod", "shop", "a-1",
		  "https://console.cloud.google.com/kubernetes/pod/eu/c1/shop/a-1/details?project=p%201" },
		{ GKE, "Deployment", "shop", "a",
		  "https://console.cloud.google.com/kubernetes/deployment/eu/c1/shop/a/overview?project=p%201" },
		{ GKE, NULL, NULL, NULL,
		  "https://console.cloud.google.com/kubernetes/clusters/details/eu/c1/details?project=p%201" },
		{ "{\"dashboardApp\":\"gke\"}", "Pod", "shop", "a-1", NULL },
		{ EKS, "Pod", "shop", "a-1", "https://console.aws.amazon.com/eks/home?region=eu-west-1#/clusters/c%26d" },
		{ AKS, NULL, NULL, NULL,
		  "https://portal.azure.com/#resource/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/"
		  "managedClusters/c/overview" },
		{ AT("https://d.example/", "unheard-of"), "Pod", "shop", "a", "https://d.example/" },
		{ AT("https://d.example/", "standard"), "Pod", "a/b", "\\\"><x>?#",
		  "https://d.example/#/pod/a%2Fb/%5C%22%3E%3Cx%3E%3F%23?namespace=a%2Fb" },
		{ AT("javascript:alert(1)//", "standard"), "Pod", "shop", "a", NULL },
		{ AT("javascript:alert(1)//", "unheard-of"), "Pod", "shop", "a", NULL },
		{ "{\"dashboardApp\":\"standard\"}", "Pod", "shop", "a", NULL },
		{ "{}", "Pod", "shop", "a", NULL },
		{ "null", "Pod", "shop", "a", NULL },
	};

	for (size_t i = 0; i < LEN(cases); i++) {
		printf("# %s %s\n", cases[i].cluster, cases[i].kind ? cases[i].kind : "");
		STR_EQ(url(cases[i].cluster, cases[i].kind, cases[i].ns, cases[i].name), cases[i].want);
	}
}

/* Those of findings know the objects. */
static void of_findings(void)
{
	static const struct str resources = STR(
		"[{\"type\":\"deployments\",\"resources\":[{\"metadata\":{\"name\":\"a\",\"namespace\":\"n\",\"uid\":\"u\"},"
		"\"spec\":{\"selector\":{\"x\":\"y\"}}}]},{\"type\":\"horizontalpodautoscalers\",\"resources\":["
		"{\"metadata\":{\"name\":\"h\",\"namespace\":\"n\"},\"spec\":{\"scaleTargetRef\":{\"kind\":\"Deployment\","
		"\"name\":\"a\"}}}]},7]");
	static const char *const list =
		"[{\"object\":{\"kind\":\"Deployment\",\"namespace\":\"n\",\"name\":\"a\"}},"
		"{\"object\":{\"kind\":\"HorizontalPodAutoscaler\",\"namespace\":\"n\",\"name\":\"h\"}},{}]";
	struct json *findings = recorded_json(&mem, str_of(list)), *all = recorded_json(&mem, resources);

	dashboard_add(&mem, recorded_json(&mem, STR(AKS)), all, findings);
	STR_EQ(json_get_text(json_get(findings->a.items[0], "object"), "dashboard", NULL),
	       "https://portal.azure.com/#blade/Microsoft_Azure_ContainerService/AksK8ResourceMenuBlade/overview-Deployment/"
	       "aksClusterId/%2Fsubscriptions%2Fs%2FresourceGroups%2Fg%2Fproviders%2FMicrosoft.ContainerService%2F"
	       "managedClusters%2Fc/resource/%7B%22kind%22%3A%22Deployment%22%2C%22metadata%22%3A%7B%22name%22%3A%22a%22%2C"
	       "%22namespace%22%3A%22n%22%2C%22uid%22%3A%22u%22%7D%2C%22spec%22%3A%7B%22selector%22%3A%7B%22x%22%3A%22y%22"
	       "%7D%7D%7D");
	findings = recorded_json(&mem, str_of(list));
	dashboard_add(&mem, recorded_json(&mem, STR(AT("https://d.example/", "standard"))), all, findings);
	STR_EQ(json_get_text(json_get(findings->a.items[1], "object"), "dashboard", NULL),
	       "https://d.example/#/deployment/n/a?namespace=n");
	findings = recorded_json(&mem, str_of(list));
	dashboard_add(&mem, recorded_json(&mem, STR("{}")), all, findings);
	OK(!json_get(json_get(findings->a.items[0], "object"), "dashboard"));
	dashboard_add(&mem, recorded_json(&mem, STR(AKS)), NULL, NULL);
}

int main(void)
{
	addresses();
	of_findings();
	arena_release(&mem);
	return DONE();
}
