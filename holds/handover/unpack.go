package handover

import (
	"fmt"
	"path/filepath"
	"strings"
)

// unpackFile lies beside ZIP parts.
const unpackFile = "00_LES_MEG_READ_ME.txt"

// unpackText says how parts become a package again.
func (b *builder) unpackText() string {
	var list strings.Builder
	for _, p := range b.folder.zips.parts {
		fmt.Fprintf(&list, "    %s  (%d byte / bytes)\n", filepath.Base(p.path), p.size+int64(len(p.directory())))
	}
	how := [2]string{
		"1. Kopier alle ZIP-filene til en og samme mappe på disken.\n2. Marker alle, høyreklikk og velg «Pakk ut». Gi alle det samme målet.\n",
		"1. Copy all ZIP files into one folder on the disk.\n2. Select all, right-click and choose \"Extract\". Give all the same destination.\n",
	}
	if b.Form == AES {
		how = [2]string{
			"Filene er kryptert (AES-256, WinZip AE-2). Windows Utforsker åpner dem ikke; 7-Zip,\nWinZip og Keka gjør det. Passordet kommer en annen vei, og ligger ikke her.\n\n" +
				"1. Kopier alle ZIP-filene til en og samme mappe på disken.\n2. Marker alle, høyreklikk og velg 7-Zip, «Pakk ut hit». Skriv passordet.\n",
			"The files are encrypted (AES-256, WinZip AE-2). Windows Explorer does not open them;\n7-Zip, WinZip and Keka do. The password comes another way, and is not here.\n\n" +
				"1. Copy all ZIP files into one folder on the disk.\n2. Select all, right-click and choose 7-Zip, \"Extract here\". Type the password.\n",
		}
	}
	name := folderName(b.Release)
	return strings.ReplaceAll(fmt.Sprintf(`%[1]s

LES MEG

Pakken ligger i %[2]d ZIP-fil(er). Alle pakkes ut i en og samme mappe, %[1]s:

%[3]s
%[4]s3. Åpne mappen %[1]s og begynn med %[6]s.
   Den sier hvordan du ser på opptakene og kontrollerer pakken.

%[7]s her er den samme som i pakken. Skriv den ut og under, og lever den tilbake.


READ ME

The package lies in %[2]d ZIP file(s). All unpack into one folder, %[1]s:

%[3]s
%[5]s3. Open the folder %[1]s and begin with %[6]s.
   It says how to view the footage and to check the package.

%[7]s here is the one in the package. Print it, sign it, and return it.
`, name, len(b.folder.zips.parts), list.String(), how[0], how[1], readMeFile, receiptFile), "\n", "\r\n")
}
