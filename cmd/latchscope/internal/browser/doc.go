// Package browser shows pages to a headless Chromium, for tests: what no look at the
// bytes of a page tells. It is driven by its command line alone, and where there is
// none, nothing can be seen.
package browser
