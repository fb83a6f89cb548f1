/* What a character is compared as when neither case nor accents matter. */
#include "base/utf8.h"

#include <string.h>

#include "base/str.h"

static const struct {
	uint16_t cp;
	char to[UTF8_FOLD_MOST + 1];
} folds[] = {
#define FOLD(cp, to) { cp, to },
#include "base/utf8_fold.def"
#undef FOLD
};

size_t utf8_fold(uint32_t cp, char *out)
{
	size_t low = 0, high = LEN(folds);

	if (cp < 0x80) {
		*out = ascii_lower((char)cp);
		return 1;
	}
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (folds[mid].cp < cp)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == LEN(folds) || folds[low].cp != cp)
		return utf8_put(out, cp);
	memcpy(out, folds[low].to, UTF8_FOLD_MOST);
	return strlen(folds[low].to);
}
