/* callboard token generate: makes a token that lets a program in. */
#include <stdio.h>

#include "base/buf.h"
#include "base/str.h"
#include "cmd.h"
#include "ext/crypto.h"

enum { TOKEN_BYTES = 32 };

int cmd_token(struct ctx *cx, int argc, char **argv)
{
	const char *subject = argc > 2 ? argv[2] : "my-program";
	unsigned char raw[TOKEN_BYTES];
	struct buf quoted = { .mem = cx->mem };

	if (argc < 2 || !streq(argv[1], "generate"))
		return cmd_access_token(cx, argc, argv);
	if (argc > 3)
		return cmd_usage(cx, "say: token generate [SUBJECT]");
	for (const char *c = subject; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 127)
			return cmd_usage(cx, "the subject must not have spaces: '%s'", subject);
	if (!*subject)
		return cmd_usage(cx, "the subject must not be empty");
	crypto_random(raw, sizeof(raw));
	const char *token = crypto_base64url(cx->mem, (struct str){ (const char *)raw, sizeof(raw) });

	/* A JSON text is a YAML text too. */
	json_write_text(&quoted, str_of(subject));
	printf("%s\n\n", token);
	printf("# Put this into app-config.local.yaml (or, better, the token into an environment variable that it names):\n");
	printf("backend:\n  auth:\n    externalAccess:\n      - type: static\n        options:\n");
	printf("          token: \"%s\"\n          subject: %s\n", token, buf_text(&quoted));
	printf("        # accessRestrictions:\n        #   - plugin: catalog\n        #     permissionAttribute: { action: "
	       "read }\n\n");
	printf("# Send it with each request:  Authorization: Bearer %s\n", token);
	return 0;
}
