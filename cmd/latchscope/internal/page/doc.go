// Package page lays out text for people: it makes what strangers wrote
// harmless, measures it in terminal columns, wraps it, sets it in tables and
// writes lines that never exceed their width. Reports, error messages and lists
// are all printed through it.
package page
