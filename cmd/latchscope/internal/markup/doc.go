// Package markup fills pages: the part of html/template that the reports use,
// with its syntax and, byte for byte, its output (a test compares the two).
//
// It is here for what it leaves out. A template of the standard library calls
// methods by names that stand in a text, so with one of them linked in, the linker
// must keep each exported method of each type that a value of the program may
// have: two megabytes, most of it of protocols that nobody decodes. Pages of this
// package read fields, and call the functions that they are given; methods they
// do not know.
//
// Values are escaped for the place at which they stand, which is known once the
// page is parsed:
//
//   - in text, in a title, and in the quoted value of an attribute, characters that
//     are markup become references;
//   - in a style attribute only numbers and words pass, in href only a place on
//     the same page ("#f0-8");
//   - into <style> and <script> goes Trusted only: text of the program's own.
//
// A page with a value anywhere else (a tag's or an attribute's name, an unquoted
// value, an attribute that holds script, a comment) is not parsed, and neither is
// one whose branches end in different places.
package markup
