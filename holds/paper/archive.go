package paper

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"math"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// What PDF/A-2b (ISO 19005-2) asks for besides what every file here has (embedded fonts,
// no encryption, no script): a profile that says which colours RGB are, metadata that
// stand in the file in XMP, too, and an identifier.

// archive marks a file as PDF/A-2b.
func archive(pdf *fpdf.Fpdf, title, author, language string, made time.Time) {
	pdf.AddOutputIntent(fpdf.OutputIntentType{SubtypeIdent: fpdf.OutputIntent_GTS_PDFA1, OutputConditionIdentifier: "sRGB", Info: "sRGB IEC61966-2.1", ICCProfile: srgb})
	pdf.SetXmpMetadata(fmt.Appendf(nil, `<?xpacket begin="%c" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="2" pdfaid:conformance="B"/>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator><dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" pdf:Producer="%s"/>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreateDate="%[6]s" xmp:ModifyDate="%[6]s"/>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`, '\uFEFF', escaped(title), escaped(author), escaped(language), producer, made.UTC().Format("2006-01-02T15:04:05")))
}

const producer = "Sjudager"

// escaped is text as it stands in XML; what XML does not have at all is replaced.
func escaped(text string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}

// output returns the file, with an identifier made of what is in it.
func output(pdf *fpdf.Fpdf) ([]byte, error) {
	var file bytes.Buffer
	if err := pdf.Output(&file); err != nil {
		return nil, fmt.Errorf("couldn't draw the document: %w", err)
	}
	// The trailer is behind the table that has the places of everything, so it can be
	// written anew: fpdf gives no identifier, and takes the profile, which it puts between
	// the information about the file and the catalogue, for that information.
	b := file.Bytes()
	at := bytes.LastIndex(b, []byte("trailer\n"))
	var size, root, info int
	if _, err := fmt.Sscanf(string(b[max(at, 0):]), "trailer\n<<\n/Size %d\n/Root %d 0 R\n/Info %d 0 R\n", &size, &root, &info); err != nil {
		return nil, fmt.Errorf("couldn't draw the document: couldn't read its trailer: %w", err)
	}
	id := sha256.Sum256(b)
	end := bytes.LastIndex(b, []byte("startxref\n"))
	return bytes.Join([][]byte{b[:at], fmt.Appendf(nil, "trailer\n<<\n/Size %d\n/Root %d 0 R\n/Info %d 0 R\n/ID [<%x> <%[4]x>]\n>>\n", size, root, info-1, id[:16]), b[end:]}, nil), nil
}

// srgb is the colour space of IEC 61966-2-1 as an ICC profile (ISO 15076-1, version 4):
// three primaries, adapted to the white of the profile connection space, and one curve.
var srgb = func() []byte {
	fixed := func(values ...float64) (b []byte) {
		for _, v := range values {
			b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
		}
		return b
	}
	text := func(s string) []byte {
		b := append([]byte("mluc\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0cenUS"), 0, 0, 0, byte(2*len(s)), 0, 0, 0, 28)
		for _, c := range []byte(s) {
			b = append(b, 0, c)
		}
		return b
	}
	xyz := func(values ...float64) []byte { return append([]byte("XYZ \x00\x00\x00\x00"), fixed(values...)...) }
	curve := append([]byte("para\x00\x00\x00\x00\x00\x03\x00\x00"), fixed(2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)...)
	tags := []struct {
		name string
		data []byte
	}{
		{"desc", text("sRGB")}, {"cprt", text("No copyright")}, {"wtpt", xyz(0.9642, 1, 0.8249)},
		{"chad", append([]byte("sf32\x00\x00\x00\x00"), fixed(1.0478112, 0.0228866, -0.0501270, 0.0295424, 0.9904844, -0.0170491, -0.0092345, 0.0150436, 0.7521316)...)},
		{"rXYZ", xyz(0.4360747, 0.2225045, 0.0139322)}, {"gXYZ", xyz(0.3850649, 0.7168786, 0.0971045)}, {"bXYZ", xyz(0.1430804, 0.0606169, 0.7141733)},
		{"rTRC", curve}, {"gTRC", curve}, {"bTRC", curve},
	}
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	var data []byte
	for _, t := range tags {
		table = append(table, t.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(128+4+12*len(tags)+len(data)))
		table = binary.BigEndian.AppendUint32(table, uint32(len(t.data)))
		data = append(data, t.data...)
		data = append(data, make([]byte, -len(data)&3)...)
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(128+len(table)+len(data)))
	head = append(head, "\x00\x00\x00\x00\x04\x20\x00\x00mntrRGB XYZ "...)
	head = append(head, 0x07, 0xea, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0) // 2026-01-01
	head = append(head, "acsp"...)
	head = append(head, make([]byte, 68-len(head))...)
	head = append(head, fixed(0.9642, 1, 0.8249)...)
	head = append(head, make([]byte, 128-len(head))...)
	return append(append(head, table...), data...)
}()
