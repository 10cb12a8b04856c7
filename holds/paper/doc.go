// Package paper draws documents that people print, file and hand to others: A4 pages
// with headings, facts, text, and tables that go on over pages under a repeated head;
// and boards, single pages of any size on which everything is put by hand.
//
// # Invariants
//
//  1. The same document gives the same bytes: nothing in them is of the clock, of the
//     machine or of chance, so whoever has what a page was made from can make it anew
//     and compare.
//  2. Every letter of the European languages is there, in fonts that are embedded
//     (DejaVu, whose licence lies beside them); a character that they lack is shown as
//     U+FFFD and never left out.
//  3. Every page of a document says which of how many it is.
//
// QR codes are drawn here as well ([QR]), for paper and for pages; [Document.Blanks] and
// [Document.Tick] are for what is filled in by hand.
//
// It writes PDF 1.4 or later, without scripts, forms and links out, marked as PDF/A-2b
// (ISO 19005-2): the fonts are in the file, the colours are those of an sRGB profile that
// is in it, and the metadata stand in it as XMP, too. Whether each file keeps all of that
// standard has been judged by no validator. What the documents say is not known here.
package paper
